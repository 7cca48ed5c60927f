Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    We had a look.
message on wifi
wifi is active
wifi has assignee Mia
Jo gets replied
Jo's mail has header "Re"
nobody else gets anything
