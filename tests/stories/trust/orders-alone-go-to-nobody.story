# Who is asked about orders without words learns that these are done, not that
# they go out as an answer.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] x"
    !take
Mia gets confirm
Mia's mail says "It is then done"
Mia's mail lacks "go out as your answer"
Mia writes "[#{wifi}] y"
    !close
    It works.
Mia gets confirm
Mia's mail says "go out as your answer"
