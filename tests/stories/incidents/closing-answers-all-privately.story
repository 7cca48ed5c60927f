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
Mia answers staff-new-ticket about wifi
    !close
    The access points have power again.
wifi is closed
anns is closed
bobs is closed
Jo gets closed
Jo's mail lacks "{Bob}"
Ann gets incident-closed about anns
Ann's mail lacks "{Jo}"
Ann's mail lacks "[#{wifi}]"
Bob gets incident-closed about bobs
Bob's mail says "power again"
Mia gets transcript
nobody else gets anything
