# A bounce needs our own Message-ID; one made up suppresses nobody.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
a mail comes
    Return-Path: <>
    From: MAILER-DAEMON@evil.example
    To: helpdesk@campus.example
    Subject: Undelivered
    Message-ID: <b1@evil.example>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary=b

    --b
    Content-Type: text/plain

    sorry
    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; evil.example

    Final-Recipient: rfc822; jo@students.example
    Action: failed
    Status: 5.1.1

    --b
    Content-Type: text/rfc822-headers

    Message-ID: <campusdesk.1.1.aaaaaaaaaaaaaaaa@campus.example>

    --b--
filed
Mia closes wifi
Jo gets closed
