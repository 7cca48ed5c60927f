# Apple Mail keeps In-Reply-To, and folds References.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "Re: whatever"
    + In-Reply-To: <{Jo acknowledged id}>
    + References: <x1@mail.gmail.com>
    +  <{Jo acknowledged id}>
    + X-Mailer: Apple Mail (2.3774)
    Still down.
message on wifi
