the desk has staff-proof none
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x"
    Repaired.
message on wifi
Jo gets replied
