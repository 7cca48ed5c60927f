# Somebody subscribes the desk: lists are answered by nobody.
list-request@lists.example writes "confirm 123456"
    + Precedence: list
    + List-Id: <talk.lists.example>
    Answer this mail to subscribe.
new ticket confirmation
nobody gets anything
a mail comes
    From: Tom <tom@elsewhere.example>
    To: talk@lists.example
    Subject: [talk] Hello all
    Message-ID: <l1@elsewhere.example>
    List-Id: <talk.lists.example>
    List-Unsubscribe: <mailto:talk-leave@lists.example>

    Hello all.
new ticket hello
hello is bulk
nobody gets anything
