# Whoever types a number gets no word of that ticket, nor a word into it.
secret "The wifi of the dean"
Jo writes "Wi-Fi"
    The wifi of the dean is down.
new ticket wifi
Eve writes "Re: [#{wifi}] Wi-Fi"
    !close

    > The wifi
    What is the state of it?
new ticket hers
wifi is open
wifi has 1 messages
Mia replies to hers "We cannot tell you."
Eve gets replied
Jo gets nothing
