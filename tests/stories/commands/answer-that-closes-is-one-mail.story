Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !close

    We restarted the access point.
message on wifi
wifi is closed
Jo gets closed
Jo's mail says "We restarted the access point."
Mia gets transcript
nobody else gets anything
