the border judges mail
the desk has staff-proof verified
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x" proven
    Repaired.
message on wifi
Jo gets replied
