# sent was: acknowledged to jo@students.example
Jo writes "Wi-Fi"
new ticket wifi
Jo gets replied
