"""Two copies of the daemon, pointed at each other's address, fall silent (I6)."""
import time

from campus import wait_for


def automatic(campus, user):
    return campus.dovecot.fetch(user)


def test_they_fall_silent(fresh):
    a = fresh.desk("a")
    b = fresh.desk("b", address="other@other.example", user="other")
    a.start()
    b.start()
    # a mail in the other desk's name wakes the first
    loop = fresh.jo.compose("Hello desk", "Is anybody there?")
    del loop["From"]
    loop["From"] = "Other Desk <other@other.example>"
    fresh.jo.send(message=loop)
    a.wait_tickets(1)
    wait_for(lambda: automatic(fresh, "other"), what="the acknowledgement at the other desk")
    time.sleep(4)
    first = len(automatic(fresh, "helpdesk")), len(automatic(fresh, "other"))
    time.sleep(4)
    assert (len(automatic(fresh, "helpdesk")), len(automatic(fresh, "other"))) == first
    # our own first mail is one of the first desk's
    assert first[0] - 1 <= 2 and first[1] <= 2
    assert a.stop() == 0 and b.stop() == 0
