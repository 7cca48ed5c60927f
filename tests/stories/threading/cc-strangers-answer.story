# Whoever is copied in by somebody unproven is a proposal; what they write is
# held.
Jo writes "Wi-Fi" cc Ann
    The wifi is down.
new ticket wifi
wifi has 0 watchers
wifi tells of proposed "ann@students.example"
Ann writes "Re: Wi-Fi"
    + In-Reply-To: <m1@students.example>
    Same here, in room 13.
new ticket anns
wifi has 1 messages
