a mail comes
    From: "Dean <dean@campus.example>, x" <eve@elsewhere.example>
    To: {desk}
    Subject: Hello
    Message-ID: <n1@elsewhere.example>

    Something is broken.
new ticket eves
eves has requester Eve
Mia replies to eves "What is it?"
Eve gets replied
Eve's mail has header "To: "
Eve's mail lacks "dean@campus.example"
dean@campus.example gets nothing
