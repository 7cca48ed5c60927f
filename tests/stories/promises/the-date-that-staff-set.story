Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia sets wifi due 2026-11-27 12:00
2 days pass
nobody gets anything
1 days pass
Mia gets sla-breach
nobody else gets anything
