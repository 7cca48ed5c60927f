a mail comes
    To: helpdesk@campus.example
    Subject: Hello
    Message-ID: <nobody@x.example>

    Who am I?
new ticket anonymous
anonymous has requester none
Mia gets staff-new-ticket
nobody else gets anything
