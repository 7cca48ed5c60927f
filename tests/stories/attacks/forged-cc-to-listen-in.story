Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
jo@students.example writes "[#{wifi}] more" cc Eve
    Please tell Eve too.
message on wifi
wifi has 0 watchers
wifi tells of proposed "eve@elsewhere.example"
Mia replies to wifi "It is room 12."
Jo gets replied
Eve gets nothing
