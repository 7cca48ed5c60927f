staff Max max@campus.example "Max Roth"
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia writes "[#{wifi}] a"
    !note
    He always complains about us.
held on wifi
Max accepts wifi
refused "internal note"
Jo gets nothing
