Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann answers Jo's acknowledged
    I have the same problem in room 13.
Mia accepts wifi watching
wifi has watchers Ann
Mia replies to wifi "It is the same access point."
Jo gets replied
Ann gets replied
