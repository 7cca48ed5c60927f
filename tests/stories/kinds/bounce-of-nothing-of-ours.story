a mail comes
    Return-Path: <>
    From: MAILER-DAEMON@mx.example
    To: helpdesk@campus.example
    Subject: Undelivered
    Message-ID: <b1@mx.example>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary=b

    --b
    Content-Type: text/plain

    sorry
    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example

    Final-Recipient: rfc822; jo@students.example
    Action: failed
    Status: 5.1.1

    --b--
filed
nobody gets anything
