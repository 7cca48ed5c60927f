the border judges mail
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x" proven
    !accept
held on wifi
Mia writes "[#{wifi}] y" proven
    It is repaired.
held on wifi
Mia writes "[#{wifi}] z" proven
    It really is.
Mia answers confirm proven
    Yes.
Jo gets 2 replied
