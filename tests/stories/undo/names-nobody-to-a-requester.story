# Jo takes a closing back; that Ann watches is not hers to hear.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia orders wifi watch {Ann}
Jo answers acknowledged
    !close
wifi is closed
Ann gets closed
Jo answers transcript
    undo
wifi is open
Jo gets transcript
Jo's mail says "not sent"
Jo's mail lacks "{Ann}"
Jo's mail lacks "Ann"
