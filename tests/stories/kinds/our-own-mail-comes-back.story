Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo's acknowledged comes back
loop
nobody gets anything
there are 1 tickets
Mia's staff-new-ticket comes back
loop
nobody gets anything
