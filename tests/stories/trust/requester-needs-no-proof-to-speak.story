Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "[#{wifi}] x"
    Still down.
message on wifi
the message is proven claimed
the message is public
Mia gets staff-requester-reply
