# With the join goes that the other one is an incident, unless more report it.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia answers staff-new-ticket about anns
    !join {wifi}
anns is joined wifi
wifi is incident
Mia answers transcript
    undo
anns is not joined wifi
wifi is not incident
Mia closes wifi "It works again."
anns is open
