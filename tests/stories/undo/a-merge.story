Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "Printer"
    The printer is down, too.
new ticket printer
Mia answers staff-new-ticket about printer
    !merge {wifi}
printer is merged wifi
Mia answers transcript
    undo
printer is not merged wifi
printer is open
Jo answers acknowledged about printer
    Still down.
message on printer
