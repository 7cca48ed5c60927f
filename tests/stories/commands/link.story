Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Ann writes "Router"
    The router blinks.
new ticket router
Mia answers staff-new-ticket about wifi
    !link {router}
wifi is linked router
router is linked wifi
Mia answers staff-new-ticket about wifi
    !link {wifi}
Mia gets refused
Mia answers staff-new-ticket about wifi
    !link 4711
Mia gets refused
