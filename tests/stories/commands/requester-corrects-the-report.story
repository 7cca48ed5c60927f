Jo writes "Wi-Fi"
    The wifi is down.
new ticket wifi
Jo answers acknowledged
    !category facilities
    !subject Lamp
    !location B-301
    I meant the lamp.
message on wifi
wifi has category facilities
wifi has subject Lamp
wifi has location B-301
the message lacks "!category"
