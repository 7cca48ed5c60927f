the desk has remind-waiting-days 0
the desk has autoclose-waiting-days 0
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi status waiting
40 days pass
wifi is waiting
nobody gets anything
