the border judges mail
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x" proven
    Repaired.
held on wifi
Mia gets confirm
Mia answers confirm proven
    Yes.
Jo gets replied
