# Jo takes the closing back, not the words.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged
    !close
    It was my cable.
wifi is closed
Mia gets staff-requester-reply
Jo answers transcript
    undo
wifi is open
Mia's staff-requester-reply was queued
wifi shows public "It was my cable."
