staff Max max@campus.example "Max Roth"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia orders wifi assign max
Mia sets wifi status open
Mia answers staff-new-ticket
    !take
wifi has assignee Mia
wifi is active
Mia answers transcript
    undo
wifi has assignee Max
wifi is open
