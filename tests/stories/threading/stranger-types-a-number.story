Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Eve writes "Re: [#{wifi}] Wi-Fi"
    Let me in.
new ticket hers
hers is linked wifi
Eve gets acknowledged
Eve's mail lacks "wifi is down"
wifi has 1 messages
Jo gets nothing
