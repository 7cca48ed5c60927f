# its status: open
Jo writes "Wi-Fi"
new ticket wifi
wifi has status closed
