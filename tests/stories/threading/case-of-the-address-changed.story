Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
# RFC 5321 leaves case alone, some servers do not
JO@Students.Example writes "AW: ???" to {Jo acknowledged address}
    Still down.
message on wifi
the message is proven token
wifi has requester Jo
