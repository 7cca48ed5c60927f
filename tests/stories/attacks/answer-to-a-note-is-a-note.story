Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Eve answers Jo's acknowledged
    Let me in.
held on wifi
Mia gets staff-requester-reply
Mia's mail says "Let me in."
Mia answers staff-requester-reply
    Who on earth is that?
note on wifi
Jo gets nothing
Eve gets nothing
