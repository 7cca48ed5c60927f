a mail comes
    From: eve@elsewhere.example
    To: {desk}
    Subject: =?utf-8?q?Hello=0D=0ABcc:_ann@students.example?=
    Message-ID: <i1@elsewhere.example>

    Something is broken.
new ticket eves
Eve gets acknowledged
Mia gets staff-new-ticket
nobody else gets anything
