noreply@shop.example writes "Your order"
    It is on its way.
new ticket a
noreply@shop.example gets nothing
postmaster@x.example writes "Hello"
    Something.
new ticket b
postmaster@x.example gets nothing
owner-list@x.example writes "Hello"
    Something else.
new ticket c
owner-list@x.example gets nothing
list-request@x.example writes "Hello"
    Something more.
new ticket d
list-request@x.example gets nothing
helpdesk@campus.example writes "Hello"
    It is me.
new ticket e
helpdesk@campus.example gets nothing
