# The question went to Mia; what others answer to it does nothing.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a"
    Repaired.
held on wifi
Jo answers Mia's confirm
    Yes.
wifi shows held "Repaired."
Jo gets nothing
Eve answers Mia's confirm
    Yes.
wifi shows held "Repaired."
Jo gets nothing
