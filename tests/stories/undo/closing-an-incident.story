# What its closing did to the reports is taken back with it.
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
Mia orders bobs join {wifi}
all mail goes out
Mia answers staff-new-ticket about wifi
    !close
    The access points have power again.
anns is closed
Mia answers transcript
    undo
wifi is open
anns is open
bobs is open
Ann's incident-closed was dropped
Jo's closed was dropped
Ann gets nothing
anns shows note "power again"
