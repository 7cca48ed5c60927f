Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged
    !watch eve@elsewhere.example
wifi has 0 watchers
Eve gets nothing
