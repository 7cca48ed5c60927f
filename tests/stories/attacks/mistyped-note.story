secret "dropped his laptop"
Jo writes "Laptop"
    My laptop is broken.
new ticket laptop
Mia answers staff-new-ticket
    !ntoe
    I think he dropped his laptop.
note on laptop
Mia gets refused
Mia's mail says "!note"
nobody else gets anything
laptop is open
