Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns join {wifi}
Mia answers staff-new-ticket about anns
    !join {wifi}
    !tag +x
Mia answers transcript
    undo
anns is joined wifi
