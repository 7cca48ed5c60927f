Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !category facilities
    !location B-301
    !subject The access point of B-301
    !priority urgent
    !due 2026-12-24 14:30
    !tag +wifi +b
    !tag -b
note on wifi
wifi has category facilities
wifi has location B-301
wifi has subject "The access point of B-301"
wifi has priority urgent
wifi has due 2026-12-24 14:30
wifi has tags wifi
wifi is open
Mia gets transcript
nobody else gets anything
