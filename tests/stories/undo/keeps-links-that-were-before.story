Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "Router"
    The router blinks.
new ticket router
Mia orders wifi link {router}
Mia answers staff-new-ticket about wifi
    !link {router}
    !tag +x
Mia answers transcript
    undo
wifi is linked router
