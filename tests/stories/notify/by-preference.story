staff Max max@campus.example "Max Roth"
staff Ida ida@campus.example "Ida Berg"
Max wants none mail
Ida wants mine mail
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo gets acknowledged
Mia gets staff-new-ticket
nobody else gets anything
Mia orders wifi assign ida
Jo answers acknowledged
    Room 12.
Ida gets staff-requester-reply
Mia gets nothing
Max gets nothing
