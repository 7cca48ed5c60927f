# Somebody writes with a member of staff's address, knowing the ticket's number
# and our Message-ID from a reply-all.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Mia replies to wifi "We look at it."
mia@campus.example writes "[#{wifi}] Wi-Fi"
    + In-Reply-To: <{Jo replied id}>
    Send your password to eve@elsewhere.example
held on wifi
Mia gets confirm
nobody else gets anything
# the forger cannot see the question; what they guess does nothing
mia@campus.example writes "Re: confirm" to helpdesk+aaaaaaaaaaaaaaaaaaaaaaaaaa@campus.example
    Yes.
Jo gets nothing
wifi shows held "Send your password"
