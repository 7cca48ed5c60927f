Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi priority high
Mia sets wifi tags a b
Mia undoes wifi
wifi has tags none
wifi has priority high
Mia undoes wifi
refused "changed since"
