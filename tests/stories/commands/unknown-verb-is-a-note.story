Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !dance
    We look at it.
note on wifi
Mia gets refused
Mia's mail says "!dance"
nobody else gets anything
wifi is open
