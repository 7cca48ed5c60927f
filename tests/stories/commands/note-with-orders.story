Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !note
    !priority high
    It is the whole floor.
note on wifi
wifi has priority high
Jo gets nothing
