category it has resolve 36000
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi status waiting
3 days pass
nobody gets anything
Jo answers acknowledged
    Room 12.
7 hours pass
nobody gets anything
1 hours pass
Mia gets sla-warning
