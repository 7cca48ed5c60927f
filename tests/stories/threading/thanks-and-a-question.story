Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi "Repaired."
Jo answers closed
    Thanks! And the printer?
message on wifi
wifi is active
