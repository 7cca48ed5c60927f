Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia notes wifi "The budget for the new access points was cut by the dean in secret last week."
Mia replies to wifi "Sorry: the budget for the new access points was cut by the dean in secret last week."
refused "words of an internal note"
Mia closes wifi "Sorry: the budget for the new access points was cut by the dean in secret last week."
refused "words of an internal note"
wifi is open
