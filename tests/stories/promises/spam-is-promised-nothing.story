category it has resolve 36000
Eve writes "Win"
    + X-Spam-Flag: YES
    Click here.
new ticket win
20 days pass
nobody gets anything
