# Proven staff forward a mail: who wrote it is the requester.
the desk has staff-proof verified
the border judges mail
Mia writes "Fwd: My lamp" proven
    Please have a look.

    ---------- Forwarded message ---------
    From: Ann Lee <ann@students.example>
    Date: Tue, 24 Nov 2026 at 10:00
    Subject: My lamp
    To: <mia@campus.example>

    The lamp in my room is dark.
new ticket lamp
lamp has requester Ann
