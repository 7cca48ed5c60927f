Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo gets acknowledged
the mail comes to the second mailbox too
duplicate on wifi
nobody gets anything
# the fixed category of the second one beats the guess
wifi has category services
