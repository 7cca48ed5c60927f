Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann answers Jo's acknowledged
    I have the same problem in room 13.
held on wifi
Jo gets nothing
Mia accepts wifi
wifi shows public "room 13"
Jo gets replied
Jo's mail says "room 13"
Jo's mail lacks "{Ann}"
wifi has 0 watchers
