Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann answers Jo's acknowledged
    I have the same problem in room 13.
held on wifi
Mia answers staff-new-ticket
    !accept
note on wifi
Jo gets replied
Mia gets transcript
