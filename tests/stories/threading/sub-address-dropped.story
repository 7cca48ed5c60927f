# A server that strips the part behind the plus: our Message-ID threads, and
# proves nobody.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged plainly
    Still down.
message on wifi
because "signed Message-ID"
the message is proven claimed
Mia gets staff-requester-reply
nobody else gets anything
