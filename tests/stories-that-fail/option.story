# has no option
the limits have wishes 3
Jo writes "Wi-Fi"
new ticket wifi
