rooms
    code,name,building,aliases
    LIB-2.14,Reading room,Library,
    B301,,Main building,
Jo writes "Cold"
    In lib 2.14 it is cold. Not in B301.
new ticket cold
cold has location LIB-2.14
Jo writes "Dark" to helpdesk+r.B301@campus.example
    As dark as in Library 2.14.
new ticket dark
dark has location B301
