Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi "Repaired."
wifi is closed
Jo gets closed
Jo's mail says "Repaired."
Jo answers closed
    No, it is still down.
message on wifi
wifi is active
wifi tells of reopened
Mia gets staff-requester-reply
