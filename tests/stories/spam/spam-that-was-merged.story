Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia orders wifi spam
Mia orders wifi spam
refused "spam already"
Mia orders wifi spam lift
wifi is open
Mia orders wifi spam lift
refused "not spam"
