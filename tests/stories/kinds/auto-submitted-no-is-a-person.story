Jo writes "Wi-Fi"
    + Auto-Submitted: no
    + X-Auto-Response-Suppress: All
    The wifi is down.
new ticket wifi
Jo gets acknowledged
