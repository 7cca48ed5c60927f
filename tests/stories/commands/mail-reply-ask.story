category it has mail-reply ask
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi category it
Mia answers staff-new-ticket
    We look at it.
note on wifi
Mia gets refused
Jo gets nothing
Mia answers refused
    send
Jo gets replied
