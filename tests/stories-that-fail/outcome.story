# it is ticket
Jo writes "Wi-Fi"
filed
