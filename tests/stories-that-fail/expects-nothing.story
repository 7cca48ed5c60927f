# the story expects nothing
Jo writes "Wi-Fi"
