# Whoever left staff acts as a requester, with any token.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia leaves
Mia answers staff-new-ticket
    !close
    I was here.
held on wifi
wifi is open
Jo gets nothing
