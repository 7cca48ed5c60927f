Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "[#{wifi}] x"
    !close
    It works.
message on wifi
wifi is open
Jo gets confirm
Jo's mail lacks "It works"
Jo answers confirm
    Yes.
wifi is closed
