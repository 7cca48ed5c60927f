Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x"
    Repaired.
Mia gets confirm
25 hours pass
Mia answers confirm
    Yes.
wifi shows held "Repaired."
Jo gets nothing
