# Staff who report something are its requester; their words are no answer.
staff Max max@campus.example "Max Roth"
Mia writes "My chair"
    It is broken.
new ticket chair
Mia gets acknowledged
Max gets staff-new-ticket
Mia answers acknowledged
    It has three legs now.
message on chair
chair is open
Max gets staff-requester-reply
Max replies to chair "A new one comes."
Mia gets replied
