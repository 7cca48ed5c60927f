Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "Printer"
    The printer is down, too.
new ticket printer
Mia orders printer merge {wifi}
printer is closed
printer is merged wifi
Jo gets merged
Jo answers acknowledged about printer
    Both still do not work.
message on wifi
wifi shows public "Both still"
printer is closed
