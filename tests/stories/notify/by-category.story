staff Max max@campus.example "Max Roth"
Max serves facilities
Jo writes "Wi-Fi" to helpdesk+it@campus.example
    The wifi is down.
new ticket wifi
Mia gets staff-new-ticket
Max gets nothing
Jo writes "Lamp" to helpdesk+facilities@campus.example
    The lamp is dark.
new ticket lamp
Mia gets staff-new-ticket
Max gets staff-new-ticket
