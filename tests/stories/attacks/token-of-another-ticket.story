# A token proves its own ticket and person only.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "Lamp"
    The lamp is dark.
new ticket lamp
Ann answers Jo's acknowledged
    !close
    Let me in.
held on wifi
wifi is open
