# Not proven: the ticket is Mia's until somebody says otherwise.
Mia writes "Fwd: My lamp"
    Please have a look.

    ---------- Forwarded message ---------
    From: Ann Lee <ann@students.example>
    Date: Tue, 24 Nov 2026 at 10:00
    Subject: My lamp
    To: <mia@campus.example>

    The lamp in my room is dark.
new ticket lamp
lamp has requester Mia
Mia gets acknowledged
Mia sets lamp requester ann@students.example
lamp has requester Ann
Mia replies to lamp "We look at it."
Ann gets replied
