Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !priority high
8 days pass
Mia answers transcript
    undo
wifi has priority high
Mia's mail says "7 days"
