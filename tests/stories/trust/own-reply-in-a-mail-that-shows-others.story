# A token burns where the mail shows addresses that are not on the ticket.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged cc {Mia}
    Hello Mia.
message on wifi
the message is proven claimed
