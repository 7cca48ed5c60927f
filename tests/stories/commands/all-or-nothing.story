Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !priority high
    !category nonsense
    We look at it.
note on wifi
wifi has priority normal
Mia gets refused
Mia's mail says "nonsense"
nobody else gets anything
