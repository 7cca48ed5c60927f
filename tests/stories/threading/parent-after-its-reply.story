# The answer overtakes the mail that it answers: both are one ticket.
Jo writes "Re: Wi-Fi"
    + In-Reply-To: <first@students.example>
    PS: room 12.
new ticket wifi
Jo writes "Wi-Fi"
    + Message-ID: <first@students.example>
    The wifi is down.
message on wifi
there are 1 tickets
