# A client that keeps nothing but the address: subject and references are gone,
# the letters of the address changed case.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged bare
    It is room 12, by the way.
message on wifi
because "reply token"
the message is proven token
