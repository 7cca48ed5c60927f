the border judges mail
category it has notify it-staff@lists.campus.example
Jo writes "Wi-Fi" proven
    + Cc: it-staff@lists.campus.example, noreply@x.example, {desk}
    The wifi is down.
new ticket wifi
wifi has 0 watchers
