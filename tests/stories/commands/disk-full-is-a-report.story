# What looks like a path is no command, neither of a requester nor a stranger.
Jo writes "Server"
    /dev/sda is full
    /home too
new ticket server
server shows public "/dev/sda is full"
Jo gets acknowledged
Mia gets staff-new-ticket
nobody else gets anything
