Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "Which room is it?"
Mia sets wifi status waiting
5 days pass
Jo answers replied
    Room 12.
wifi is active
20 days pass
nobody gets anything
wifi is active
