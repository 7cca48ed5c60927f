Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !watch ann@students.example
wifi has watchers Ann
Mia replies to wifi "We look at it."
Ann gets replied
Ann answers replied
    !unwatch
wifi has 0 watchers
