# Reply-To is not who wrote it, and gets nothing.
Jo writes "Wi-Fi"
    + Reply-To: eve@elsewhere.example
    The wifi is down.
new ticket wifi
wifi has requester Jo
Jo gets acknowledged
Eve gets nothing
Mia replies to wifi "We look at it."
Jo gets replied
Eve gets nothing
