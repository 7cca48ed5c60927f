Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi status waiting
Jo answers acknowledged
    Room 12.
wifi is open
