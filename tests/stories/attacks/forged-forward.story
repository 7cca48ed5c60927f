# A forward that claims to be from staff changes no requester.
Mia writes "Fwd: My lamp"
    ---------- Forwarded message ---------
    From: Ann Lee <ann@students.example>
    Date: Tue, 24 Nov 2026 at 10:00
    Subject: My lamp
    To: <mia@campus.example>

    The lamp in my room is dark.
new ticket lamp
lamp has requester Mia
Ann gets nothing
