# A header of ours that somebody else made does not make mail disappear.
Jo writes "Wi-Fi"
    + X-Campusdesk-Loop: aaaaaaaaaaaaaaaaaaaaaaaaaa
    The wifi is down.
filed
nobody gets anything
