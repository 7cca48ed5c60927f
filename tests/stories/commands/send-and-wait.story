Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !status waiting
    Which room is it?
message on wifi
wifi is waiting
Jo gets replied
Jo answers replied
    Room 12.
wifi is active
