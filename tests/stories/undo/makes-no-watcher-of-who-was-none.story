Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !unwatch ann@students.example
    !tag +x
Mia answers transcript
    undo
wifi has watchers none
