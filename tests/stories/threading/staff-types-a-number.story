Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
# not proven: parked, and asked for
Mia writes "[#{wifi}] Wi-Fi"
    Repaired.
held on wifi
Mia gets confirm
Jo gets nothing
Mia answers confirm
    Yes.
Jo gets replied
Jo's mail says "Repaired."
