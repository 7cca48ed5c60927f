Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia answers staff-new-ticket cc Eve
    Eve should look at this.
held on wifi
Jo gets nothing
Eve gets nothing
Eve answers Mia's staff-new-ticket
    I am Mia.
held on wifi
mia@campus.example writes "Re: x" to {Mia staff-new-ticket address}
    Pay your fees here.
held on wifi
Jo gets nothing
