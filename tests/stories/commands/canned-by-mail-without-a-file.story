Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !canned no-such-answer
note on wifi
Mia gets refused
Jo gets nothing
