Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns join {wifi}
Mia closes wifi
wifi is closed
anns is open
Ann gets nothing
