the desk has reopen-days 30
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi
15 days pass
Jo answers closed
    It is down again.
message on wifi
wifi is active
