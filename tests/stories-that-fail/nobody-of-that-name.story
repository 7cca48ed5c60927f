# these words are no statement
Frank writes "Wi-Fi"
