# staff-proof auto, where the border judges: the token alone is not enough
the border judges mail
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    Repaired.
held on wifi
Mia gets confirm
Jo gets nothing
Mia answers staff-new-ticket proven
    Repaired, really.
message on wifi
Jo gets replied
