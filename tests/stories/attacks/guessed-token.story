Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "x" to helpdesk+aaaaaaaaaaaaaaaaaaaaaaaaaa@campus.example
    !close
new ticket other
wifi is open
