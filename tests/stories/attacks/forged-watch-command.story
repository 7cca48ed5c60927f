Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Eve writes "[#{wifi}] x"
    !watch
new ticket hers
wifi has 0 watchers
jo@students.example writes "[#{wifi}] x"
    !watch eve@elsewhere.example
message on wifi
wifi has 0 watchers
Eve gets nothing
