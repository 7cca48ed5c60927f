Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a"
    Repaired.
held on wifi
Mia leaves
Mia answers confirm
    Yes.
Jo gets nothing
wifi shows held "Repaired."
