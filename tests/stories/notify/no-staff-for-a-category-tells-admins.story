admin Root root@campus.example "Root"
Mia serves facilities
Root serves facilities
Jo writes "Wi-Fi" to helpdesk+it@campus.example
    The wifi is down.
new ticket wifi
Root gets staff-new-ticket
Mia gets nothing
