Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi
15 days pass
Jo answers closed
    It is down again.
new ticket again
again is continues wifi
wifi is closed
