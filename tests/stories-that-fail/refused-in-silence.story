# before this, it was refused
Jo writes "Wi-Fi"
new ticket wifi
Mia orders wifi join {wifi}
wifi is open
