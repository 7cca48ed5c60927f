# has the secret
secret "Jo Doe"
Jo writes "Wi-Fi"
new ticket wifi
Mia replies to wifi "Hello Jo Doe."
Jo gets replied
