the border judges mail
Jo writes "Wi-Fi" forged
    The wifi is down.
new ticket wifi
Mia gets staff-new-ticket
nobody else gets anything
wifi tells of unacknowledged "dmarc=fail"
