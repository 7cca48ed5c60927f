Eve writes "Win"
    Click here.
new ticket win
Eve writes "Win"
    Click there.
new ticket more
Mia orders win spam
Mia answers staff-new-ticket about more
    !spam
more is spam
Mia answers transcript
    undo
more is not spam
more is open
Eve writes "Win"
    Click everywhere.
new ticket third
third is spam
