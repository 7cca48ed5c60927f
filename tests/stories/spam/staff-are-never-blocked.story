staff Max max@campus.example "Max Roth"
Max writes "Hello"
    A test.
new ticket test
Mia orders test spam
Max writes "Another"
    My lamp is dark.
new ticket lamp
lamp is not spam
Max gets acknowledged
