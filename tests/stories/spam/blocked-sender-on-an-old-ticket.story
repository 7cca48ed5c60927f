Eve writes "Lamp"
    The lamp is dark.
new ticket lamp
Eve writes "Win"
    Click here.
new ticket win
Mia orders win spam
Eve answers acknowledged about lamp
    Click there.
new ticket more
more is spam
lamp has 1 messages
nobody gets anything
