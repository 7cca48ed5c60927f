the limits have tickets-per-sender-per-hour 2
Ann writes "One"
    The first.
new ticket one
Ann writes "Two"
    The second.
new ticket two
Ann writes "Three"
    The third.
message on two
because "too many tickets"
Ann gets nothing
there are 2 tickets
two has 2 public
