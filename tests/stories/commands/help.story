Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !help
Mia gets transcript
Mia's mail says "!take"
Jo answers acknowledged
    !help
Jo gets transcript
Jo's mail says "!close"
Jo's mail lacks "!take"
