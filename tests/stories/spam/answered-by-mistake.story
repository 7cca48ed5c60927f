Eve writes "Win"
    Click here.
new ticket win
Mia orders win spam
Mia answers staff-new-ticket
    We had a look.
note on win
Mia gets refused
Mia's mail says "spam"
Eve gets nothing
Mia replies to win "Hello?"
refused "spam"
