Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia orders wifi watch {Mia}
Mia replies to wifi "We look at it."
Jo gets replied
nobody else gets anything
Jo answers replied
    Room 12.
Mia gets staff-requester-reply
nobody else gets anything
