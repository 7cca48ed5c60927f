secret "cut by the dean in secret"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia notes wifi "The budget for the new access points was cut by the dean in secret last week."
Mia answers staff-new-ticket
    We look at it. “THE BUDGET for the new access-points was CUT BY THE DEAN, in secret, last week”!
note on wifi
Mia gets refused
nobody else gets anything
