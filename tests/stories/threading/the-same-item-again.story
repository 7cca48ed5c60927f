# I2: taking an item in again changes nothing.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
the mail comes again
ticket on wifi
nobody gets anything
there are 1 tickets
wifi has 1 messages
