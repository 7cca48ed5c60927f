the border judges mail
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a" proven
    First.
Mia writes "[#{wifi}] b" proven
    Second.
Mia writes "[#{wifi}] c" proven
    Third.
Mia writes "[#{wifi}] d" proven
    Fourth.
held on wifi
Mia gets confirm
Mia answers confirm proven
    Yes.
Jo gets 4 replied
