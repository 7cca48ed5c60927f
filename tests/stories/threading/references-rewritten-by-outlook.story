# Outlook puts a Thread-Index and a new Message-ID of its own into the thread,
# and keeps ours further up in References only.
Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "RE: Your request" 
    + In-Reply-To: <AM0PR01MB@eurprd01.prod.outlook.com>
    + References: <{Jo acknowledged id}> <AM0PR01MB@eurprd01.prod.outlook.com>
    + Thread-Index: AQHZ1234
    Still down.
message on wifi
