category it has resolve 36000
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
8 hours pass
Mia gets sla-warning
nobody else gets anything
2 hours pass
Mia gets sla-breach
nobody else gets anything
20 days pass
nobody gets anything
