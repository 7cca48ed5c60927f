Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !priority enormous
note on wifi
Mia gets refused
Mia's mail says "low|normal|high|urgent"
