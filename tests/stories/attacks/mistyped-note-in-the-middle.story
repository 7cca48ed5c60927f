secret "dropped his laptop"
Jo writes "Laptop"
    My laptop is broken.
new ticket laptop
Mia answers staff-new-ticket
    We look at it.
    !noet
    I think he dropped his laptop.
note on laptop
Mia gets refused
nobody else gets anything
