staff Max max@campus.example "Max Roth"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !take
note on wifi
wifi is active
wifi has assignee Mia
Mia gets transcript
Jo gets nothing
Mia answers staff-new-ticket
    !assign max
wifi has assignee Max
Mia answers staff-new-ticket
    !assign none
wifi has assignee none
Mia answers staff-new-ticket
    !assign Max Roth
wifi has assignee Max
Mia answers staff-new-ticket
    !assign nobody-we-know
wifi has assignee Max
Mia gets refused
Mia's mail says "no staff member is called nobody-we-know"
