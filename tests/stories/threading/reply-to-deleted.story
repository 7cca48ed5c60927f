# A ticket that is not there: the mail makes a new one.
Jo writes "Re: [#4711] Wi-Fi"
    Still down.
new ticket wifi
wifi is open
