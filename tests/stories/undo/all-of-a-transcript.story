Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !category facilities
    !priority high
    !location B-301
    !subject Lamp
    !due 2026-12-24
    !tag +x
    !watch ann@students.example
    !close
    Done.
message on wifi
wifi is closed
Mia answers transcript
    undo
wifi is open
wifi has category it
wifi has priority normal
wifi has location none
wifi has subject Wi-Fi
wifi has due none
wifi has tags none
wifi has watchers none
wifi has assignee none
wifi shows note "Done."
Jo gets nothing
