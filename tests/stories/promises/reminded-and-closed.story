Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "Which room is it?"
Mia sets wifi status waiting
8 days pass
Jo gets reminder
Jo's mail says "Which room is it?"
nobody else gets anything
wifi is waiting
7 days pass
wifi is closed
Jo gets closed
nobody else gets anything
Jo answers closed
    It is room 12.
wifi is active
30 days pass
nobody gets anything
