Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "[#{wifi}] broken"
    + Content-Type: multipart/mixed
    There is no boundary at all.
wifi has 2 messages
Jo gets nothing
