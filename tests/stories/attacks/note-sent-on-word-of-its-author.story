Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia notes wifi "The budget for the new access points was cut by the dean in secret last week."
Mia answers staff-new-ticket
    The budget for the new access points was cut by the dean in secret last week.
note on wifi
Mia gets refused
Mia answers refused
    send
Jo gets replied
