Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "Which room is it?"
Mia sets wifi status waiting
Jo answers replied
    + Auto-Submitted: auto-replied
    I am away.
wifi is waiting
15 days pass
wifi is closed
