# Anybody can use an id again: that is a mail of its own.
Jo writes "Wi-Fi"
    + Message-ID: <first@students.example>
    The wifi is down.
new ticket wifi
Jo writes "Wi-Fi"
    + Message-ID: <first@students.example>
    The printer burns.
new ticket printer
