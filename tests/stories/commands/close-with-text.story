Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !close It works again.
wifi is closed
Jo gets closed
Jo's mail says "It works again."
