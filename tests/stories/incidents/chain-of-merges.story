Jo writes "One"
    The first.
new ticket one
Jo writes "Two"
    The second.
new ticket two
Jo writes "Three"
    The third.
new ticket three
Mia orders one merge {two}
Mia orders two merge {three}
Jo answers acknowledged about one
    More.
message on three
