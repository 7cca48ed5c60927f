Jo writes "Wi-Fi"
    + Message-ID: <first@students.example>
    The wifi is down.
new ticket wifi
Jo writes "Re: Wi-Fi"
    + In-Reply-To: <first@students.example>
    I forgot: room 12.
message on wifi
because "Message-ID in the thread"
