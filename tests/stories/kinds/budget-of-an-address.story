the limits have auto-mail-per-hour 2
Ann writes "One"
    The first.
new ticket one
Ann gets acknowledged
Ann writes "Two"
    The second.
new ticket two
Ann gets acknowledged
Ann writes "Three"
    The third.
new ticket three
Ann gets nothing
three tells of unacknowledged "budget"
# what a person wrote is never counted
Mia replies to three "We look at it."
Ann gets replied
2 hours pass
Ann writes "Four"
    The fourth.
new ticket four
Ann gets acknowledged
