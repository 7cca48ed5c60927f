Eve writes "Win"
    Click here.
new ticket win
Mia closes win
Mia answers staff-new-ticket
    !spam
Mia answers transcript
    undo
win is not spam
win is closed
Eve writes "A person"
    I am a person after all.
new ticket person
person is not spam
