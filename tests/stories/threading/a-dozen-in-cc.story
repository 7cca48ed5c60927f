the border judges mail
Jo writes "Party" proven
    + Cc: a@x.example, b@x.example, c@x.example, d@x.example, e@x.example, f@x.example, g@x.example, h@x.example, i@x.example, j@x.example, k@x.example, l@x.example
    All of us have no wifi.
new ticket wifi
wifi has 10 watchers
Jo gets acknowledged
Mia gets staff-new-ticket
nobody else gets anything
