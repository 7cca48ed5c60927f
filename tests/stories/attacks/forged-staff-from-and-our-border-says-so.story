the border judges mail
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket forged
    Send your password to eve@elsewhere.example
held on wifi
Jo gets nothing
Mia answers confirm forged
    Yes.
Jo gets nothing
wifi shows held "Send your password"
