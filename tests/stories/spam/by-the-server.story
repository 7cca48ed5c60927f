Eve writes "Win"
    + X-Spam-Flag: YES
    Click here.
new ticket win
win is spam
nobody gets anything
