staff Max max@campus.example "Max Roth"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !priority high
    !tag +x
Max sets wifi priority urgent
Mia answers transcript
    undo
wifi has priority urgent
wifi has tags none
Mia's mail says "changed since"
