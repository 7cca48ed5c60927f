Eve writes "Win"
    + X-MS-Exchange-Organization-SCL: 6
    Click here.
new ticket win
win is spam
nobody gets anything
