the border judges mail
Jo writes "Wi-Fi" proven cc Ann
    The wifi is down.
new ticket wifi
Jo answers acknowledged proven cc Ann
    Hello Ann.
message on wifi
the message is proven token
wifi has watchers Ann
