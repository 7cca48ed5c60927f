the border judges mail
Jo writes "Wi-Fi" proven cc Ann
    The wifi is down.
new ticket wifi
wifi has watchers Ann
Mia sets wifi category it
Mia replies to wifi "We look at it."
Jo gets replied
Ann gets replied
nobody else gets anything
Ann's mail lacks "{Jo}"
Ann answers replied proven
    Same here, in room 13.
message on wifi
Jo gets replied
