Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo answers replied
    + Auto-Submitted: auto-replied
    + Subject: Out of office
    I am away until Monday.
note on wifi
nobody gets anything
wifi is active
