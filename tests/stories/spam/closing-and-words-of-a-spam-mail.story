Eve writes "Win"
    Click here.
new ticket win
Mia answers staff-new-ticket
    !spam
    Such rubbish.
win is spam
win shows note "Such rubbish."
Eve gets nothing
