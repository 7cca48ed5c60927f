Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo writes "Printer"
    The printer is down, too.
new ticket printer
Mia orders printer merge {wifi}
Mia orders wifi merge {printer}
refused "circle"
Mia orders printer merge {wifi}
refused "already"
Mia orders wifi join {wifi}
refused "itself"
