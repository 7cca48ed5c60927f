# replied says
Jo writes "Wi-Fi"
new ticket wifi
Mia replies to wifi "Hello."
Jo's mail says "Goodbye."
