Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    /take
    /priority high
wifi has assignee Mia
wifi has priority high
