Eve writes "Win"
    Click here.
new ticket win
Eve gets acknowledged
Mia orders win spam
win is spam
win is closed
nobody gets anything
Eve writes "Win more"
    Click there.
new ticket more
more is spam
nobody gets anything
Mia orders win spam lift
win is open
win is not spam
Eve writes "A person"
    I am a person after all.
new ticket person
person is not spam
Eve gets acknowledged
