secret "shared his password"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "No wifi"
    I have no wifi.
new ticket anns
Mia orders anns join {wifi}
Mia notes anns "It seems that he shared his password with the whole dormitory last week."
Mia closes wifi "It seems that he shared his password with the whole dormitory last week."
refused "internal note"
wifi is open
anns is open
