Jo writes "Cold"
    !close
    It is cold here.
new ticket cold
cold is open
Jo gets acknowledged
Jo gets confirm
