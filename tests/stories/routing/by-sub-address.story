Jo writes "Wi-Fi" to helpdesk+facilities@campus.example
    It is broken.
new ticket it
it has category facilities
it tells of created "sub-address"
