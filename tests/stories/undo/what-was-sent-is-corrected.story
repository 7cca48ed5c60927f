Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !close
    Done.
Jo gets closed
all mail goes out
Mia answers transcript
    undo
wifi is open
wifi shows public "Done."
Jo gets reopened
Mia gets transcript
Mia's mail says "sent already"
