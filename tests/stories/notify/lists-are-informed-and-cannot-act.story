category it has notify it-staff@lists.example
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo gets acknowledged
it-staff@lists.example gets staff-new-ticket
nobody else gets anything
it-staff@lists.example answers staff-new-ticket
    !close
    I am a list.
held on wifi
wifi is open
