# Results that the sender wrote stand below our own Received line.
the border judges mail
the desk has staff-proof verified
Jo writes "Wi-Fi" proven
    The wifi is down.
new ticket wifi
a mail comes
    Received: from evil.example by mail.campus.example
    Authentication-Results: mail.campus.example; dmarc=pass header.from=campus.example
    Received: from x by mail.campus.example
    From: mia@campus.example
    To: {desk}
    Subject: [#{wifi}] Wi-Fi
    Message-ID: <e1@evil.example>

    Send your password to eve@elsewhere.example
held on wifi
the message is proven claimed
Jo gets nothing
