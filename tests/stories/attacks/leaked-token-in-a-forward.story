Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
Jo answers replied
    + Subject: Fwd: [#{wifi}] Wi-Fi
    See below.

    ---------- Forwarded message ---------
    From: Campus Helpdesk <helpdesk@campus.example>
    Date: Wed, 25 Nov 2026 at 10:00
    Subject: [#{wifi}] Wi-Fi
    To: <jo@students.example>

    We look at it.
the message is proven claimed
Jo answers replied
    !close
wifi is active
