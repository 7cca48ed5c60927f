# A forger cannot flood a member of staff with questions.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a"
    One.
Mia gets confirm
Mia writes "[#{wifi}] b"
    Two.
Mia gets confirm
Mia writes "[#{wifi}] c"
    Three.
Mia gets confirm
Mia writes "[#{wifi}] d"
    Four.
held on wifi
nobody gets anything
Jo gets nothing
