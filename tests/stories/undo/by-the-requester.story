Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged
    !close
wifi is closed
Jo answers transcript
    undo
wifi is open
