Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
a mail comes
    From: jo@students.example
    To: {Jo replied address}
    Subject: Read: your mail
    Message-ID: <r1@students.example>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=disposition-notification; boundary=b

    --b
    Content-Type: text/plain

    The mail was read.
    --b
    Content-Type: message/disposition-notification

    Final-Recipient: rfc822; jo@students.example
    Disposition: manual-action/MDN-sent-manually; displayed

    --b--
note on wifi
nobody gets anything
