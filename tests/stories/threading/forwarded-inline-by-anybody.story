# Forged or not: the forward of who is not staff changes no requester.
the border judges mail
Jo writes "Fwd: My lamp" proven
    Please have a look.

    ---------- Forwarded message ---------
    From: Ann Lee <ann@students.example>
    Date: Tue, 24 Nov 2026 at 10:00
    Subject: My lamp
    To: <jo@students.example>

    The lamp in my room is dark.
new ticket lamp
lamp has requester Jo
Jo gets acknowledged
Ann gets nothing
