the border judges mail
Jo writes "Cold" proven
    !category facilities
    !close
    It is warm again.
new ticket cold
cold is closed
cold has category facilities
Jo gets acknowledged
Jo gets transcript
