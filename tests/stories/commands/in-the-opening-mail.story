Jo writes "Cold"
    !category facilities
    !location B-301

    It is cold here.
new ticket cold
cold has category facilities
cold has location B-301
the message lacks "!category"
Jo gets acknowledged
Mia gets staff-new-ticket
nobody else gets anything
