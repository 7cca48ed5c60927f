# A parked mail that orders "accept" is held, too: it means the others.
secret "!priority"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann answers Jo's acknowledged
    I have the same problem in room 13.
held on wifi
Mia writes "[#{wifi}] x"
    !priority high
    !accept
held on wifi
Mia answers confirm
    Yes.
wifi has priority high
Jo gets replied
Jo's mail says "room 13"
wifi shows note "!priority high"
