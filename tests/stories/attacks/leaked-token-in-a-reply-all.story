# Jo answers to all; Eve, in the copy, has Jo's token from the quoted header.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo answers replied cc Eve
    Eve knows more about it.
message on wifi
the message is proven claimed
wifi has 0 watchers
# Eve writes as herself with it: held
Eve answers Jo's replied
    I know more.
held on wifi
Jo gets nothing
# and as Jo: it proves nothing any more, it appends at most
Jo answers replied bare
    !close
    All is fine.
message on wifi
the message is proven claimed
wifi is active
# the next mail brings a new one
Mia replies to wifi "Which room is it?"
Jo answers replied
    Room 12.
the message is proven token
