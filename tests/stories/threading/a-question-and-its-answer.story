# The way of most requests: a mail, its acknowledgement, an answer, and back.
Jo writes "Wi-Fi is down"
    The wifi in room 12 is down.
new ticket wifi
Jo gets acknowledged
Jo's mail has header "Auto-Submitted: auto-replied"
Jo's mail lacks "room 12"
Mia gets staff-new-ticket
Mia's mail says "The wifi in room 12 is down."
nobody else gets anything
wifi is open

Mia answers staff-new-ticket
    We restarted the access point.
message on wifi
wifi is active
wifi has assignee Mia
Jo gets replied
Jo's mail says "We restarted the access point."
nobody else gets anything

Jo answers replied
    It still does not work.
message on wifi
the message is proven token
Mia gets staff-requester-reply
nobody else gets anything
wifi has 3 public
