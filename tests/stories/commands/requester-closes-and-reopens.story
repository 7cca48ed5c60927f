Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged
    !close
wifi is closed
Jo gets transcript
Mia gets staff-requester-reply
Jo answers acknowledged
    !reopen
wifi is active
