# A client that quotes in no way that anybody knows.
secret "cut by the dean in secret"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia notes wifi "The budget for the new access points was cut by the dean in secret last week."
Mia answers staff-new-ticket
    We look at it.

    (2026-11-25, helpdesk:) The budget for the new
    access points was cut by the dean in secret last week.
note on wifi
because "words of an internal note"
Mia gets refused
nobody else gets anything
wifi is open
