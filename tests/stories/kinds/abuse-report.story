Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo's acknowledged is reported as abuse
bounce on wifi
wifi tells of complained
Mia closes wifi
Jo gets nothing
