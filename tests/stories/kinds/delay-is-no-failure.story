Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo's replied is delayed
bounce on wifi
wifi tells of delayed
nobody gets anything
Mia closes wifi
Jo gets closed
