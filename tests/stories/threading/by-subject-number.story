Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "[#{wifi}] more"
    Still down.
message on wifi
because "subject tag"
the message is proven claimed
