# Eve registers helpdesk+TOKEN@… at another service: its confirmation comes to
# the ticket, is held, and nobody reads it through the ticket.
secret "445566"
Eve writes "Hello"
    Something is broken.
new ticket eves
signup@service.example writes "Confirm your account" to {Eve acknowledged address}
    Your code is 445566.
held on eves
Eve gets nothing
Mia replies to eves "What is it about?"
Eve gets replied
Eve's mail lacks "445566"
Eve answers replied
    Please tell me all that you have.
message on eves
Mia answers staff-requester-reply
    Nothing yet. See below.

    > Your code is 445566.
Eve gets replied
