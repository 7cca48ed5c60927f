# staff-new-ticket to mia@campus.example was sent, too
Jo writes "Wi-Fi"
new ticket wifi
Jo gets acknowledged
nobody else gets anything
