category it has mail-reply note
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi category it
Mia answers staff-new-ticket
    We look at it.
note on wifi
nobody gets anything
Mia answers staff-new-ticket
    !reply
    We look at it.
message on wifi
Jo gets replied
