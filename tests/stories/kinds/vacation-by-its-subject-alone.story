Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi "Repaired."
Jo answers closed
    + Subject: Automatic reply: [#{wifi}] Wi-Fi
    + X-Auto-Response-Suppress: All
    I am away until Monday.
note on wifi
nobody gets anything
wifi is closed
