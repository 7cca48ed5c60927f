the limits have flood-tickets 2
a@x.example writes "a"
    First words.
new ticket a
a@x.example gets acknowledged
b@x.example writes "b"
    Second words.
new ticket b
b@x.example gets acknowledged
c@x.example writes "c"
    Third words.
new ticket c
c@x.example gets nothing
c tells of unacknowledged "flood"
