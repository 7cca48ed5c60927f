Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo's replied bounces
bounce on wifi
wifi tells of bounced "jo@students.example"
Mia gets delivery-failed
nobody else gets anything
Jo's replied bounces
bounce on wifi
nobody gets anything
# no more automatic mail to that address until it writes again
Mia closes wifi
Jo gets nothing
Jo writes "Printer"
    I can be reached again.
new ticket printer
Jo gets acknowledged
