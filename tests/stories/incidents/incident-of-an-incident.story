Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Bob writes "Internet"
    No internet.
new ticket bobs
Mia orders anns join {wifi}
Mia orders bobs join {anns}
refused "join that one"
