Eve writes "Win"
    Click here.
new ticket win
Mia orders win spam
Mia orders win spam lift
win is open
Mia undoes win
win is spam
win is closed
Eve writes "Win"
    Click there.
new ticket more
more is spam
