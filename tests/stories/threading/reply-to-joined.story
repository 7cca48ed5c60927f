Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns join {wifi}
anns is joined wifi
wifi is incident
Ann answers acknowledged
    It is room 12.
message on anns
Jo gets nothing
wifi has 1 messages
