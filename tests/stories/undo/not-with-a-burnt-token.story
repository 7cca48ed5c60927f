Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !priority high
Eve answers Mia's transcript
    undo
wifi has priority high
Mia answers transcript cc Eve
    undo
wifi has priority high
