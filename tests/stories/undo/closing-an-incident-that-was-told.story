Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns join {wifi}
Mia answers staff-new-ticket about wifi
    !close
    The access points have power again.
all mail goes out
Mia answers transcript
    undo
anns is open
Ann gets reopened
Jo gets reopened
Mia gets transcript
nobody else gets anything
