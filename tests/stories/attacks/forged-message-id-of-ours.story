Jo writes "Wi-Fi"
    + Message-ID: <campusdesk.1.1.aaaaaaaaaaaaaaaa@campus.example>
    The wifi is down.
new ticket wifi
Jo gets acknowledged
Eve writes "Re: Wi-Fi"
    + In-Reply-To: <campusdesk.1.1.aaaaaaaaaaaaaaab@campus.example>
    Let me in.
new ticket eves
