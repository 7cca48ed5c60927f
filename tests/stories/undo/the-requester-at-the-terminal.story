Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi requester ann@students.example
wifi has requester Ann
Mia undoes wifi
wifi has requester Jo
