Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo answers replied
    !priority urgent
    It is very bad.
message on wifi
wifi has priority normal
the message says "!priority urgent"
Jo gets nothing
