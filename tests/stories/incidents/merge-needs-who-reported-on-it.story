Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns merge {wifi}
refused "join it instead"
Mia orders wifi watch {Ann}
Mia orders anns merge {wifi}
anns is merged wifi
Ann gets merged
