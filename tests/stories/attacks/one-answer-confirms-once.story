Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a"
    Repaired.
Mia answers confirm
    Yes.
Jo gets replied
Mia answers confirm
    Yes.
Jo gets nothing
