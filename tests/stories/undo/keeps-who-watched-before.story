# Undo takes back what the mail did, not what was there before.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia orders wifi watch ann@students.example
wifi has watchers Ann
Mia answers staff-new-ticket
    !watch ann@students.example
    !tag +x
Mia answers transcript
    undo
wifi has watchers Ann
wifi has tags none
