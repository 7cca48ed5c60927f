Eve writes "Win"
    Click here.
new ticket win
Ann answers Eve's acknowledged
    I clicked, and look what happened.
held on win
Mia orders win spam
Mia accepts win
refused "spam"
Mia answers staff-new-ticket
    !accept
Mia gets refused
Eve gets nothing
