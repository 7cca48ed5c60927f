Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
91 days pass
Jo answers acknowledged
    !close
message on wifi
the message is proven claimed
wifi is open
