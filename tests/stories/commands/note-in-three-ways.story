secret "always complains"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket
    !note
    He always complains.
note on wifi
nobody gets anything
Mia answers staff-new-ticket
    note: he always complains.
note on wifi
nobody gets anything
Mia answers staff-new-ticket
    He always complains.
    !note
    Really.
note on wifi
nobody gets anything
wifi has 3 notes
wifi is open
