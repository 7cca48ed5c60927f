Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia closes wifi "Repaired."
Jo answers closed
    Thank you very much!
message on wifi
wifi is closed
