# What the requester is called reaches others as a name only, never as an
# address that a client would answer.
the border judges mail
a mail comes
    Authentication-Results: mail.campus.example; dmarc=pass header.from=students.example
    Received: from out.example by mail.campus.example
    From: "rector@campus.example" <jo@students.example>
    To: {desk}
    Cc: ann@students.example
    Subject: Hello
    Message-ID: <n1@students.example>

    Something is broken.
new ticket jos
jos has watchers Ann
Jo writes "[#{jos}] more" proven
    + From: "rector@campus.example" <jo@students.example>
    Still broken.
message on jos
Ann gets replied
Ann's mail has header "via Campus Helpdesk"
Ann's mail lacks "rector@campus.example"
