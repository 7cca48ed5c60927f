Jo writes "Wi-Fi" second
    The wifi is down.
new ticket wifi
wifi has category services
