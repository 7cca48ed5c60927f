Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo also has jo.doe@home.example
jo.doe@home.example writes "AW: ?" to {Jo acknowledged address}
    This is me, from home.
message on wifi
the message is proven token
wifi has requester Jo
