the limits have unproven-acks-per-hour 1
a@x.example writes "a"
    First words.
new ticket a
a@x.example gets acknowledged
b@x.example writes "b"
    Second words.
new ticket b
b@x.example gets nothing
