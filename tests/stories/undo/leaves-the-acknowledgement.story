the border judges mail
Jo writes "Cold" proven
    !close
    It is warm again.
new ticket cold
cold is closed
Jo answers transcript proven
    undo
cold is open
Jo's acknowledged was queued
Mia's staff-new-ticket was queued
