Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Bob writes "Internet"
    No internet.
new ticket bobs
Mia answers staff-new-ticket about anns
    !join {wifi}
Mia orders bobs join {wifi}
Mia answers transcript
    undo
anns is not joined wifi
bobs is joined wifi
wifi is incident
