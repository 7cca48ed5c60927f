# The first mail's commands need no proof: neither do their words come back.
secret "cheap-pills"
victim@elsewhere.example writes "Hello"
    !location http://cheap-pills.example
    !subject Buy cheap-pills now

    It is cold.
new ticket spam
victim@elsewhere.example gets acknowledged
victim@elsewhere.example's mail lacks "cheap-pills"
