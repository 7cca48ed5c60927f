"""Hostile mail is quarantined or read in bounds; what comes later is served."""
import time

import pytest

from campus import wait_for

HEAD = (b"From: Jo Doe <jo@students.example>\r\nTo: helpdesk@campus.example\r\nSubject: %s\r\n"
        b"Date: Wed, 25 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%s@students.example>\r\nMIME-Version: 1.0\r\n")


def hostile():
    def mail(name, rest):
        return name, HEAD % (name.encode(), name.encode()) + rest
    yield mail("lone-quote-boundary", b'Content-Type: multipart/mixed; boundary="\\""\r\n\r\n--"\r\n\r\nx\r\n')
    inner = b'Content-Type: multipart/mixed; boundary="\\""\r\n\r\n--"\r\n\r\nx\r\n'
    yield mail("nested-lone-quote", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + inner + b"\r\n--b--\r\n")
    yield ("parentheses", b"From: " + b"(" * 150000 + b"\r\nSubject: parentheses\r\n\r\nx\r\n")
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(10000))
    yield mail("deep-nesting", deep + b"\r\nx\r\n")
    yield mail("nul-and-controls", b"\r\na\0b\x1b[31m\x7f\r\n")
    yield mail("header-flood", b"X-A: b\r\n" * 50000 + b"\r\nx\r\n")


def test_known_killers(campus):
    d = campus.desk("killers").start()
    mails = list(hostile())
    campus.dovecot.append_many("helpdesk", [raw for _, raw in mails])
    campus.dovecot.append("helpdesk", HEAD % (b"after", b"after") + b"\r\nStill served?\r\n")
    wait_for(lambda: any(t["subject"] == "after" for t in d.tickets()), 20, "the mail after them")
    tickets = wait_for(lambda: (lambda t: t if len(t) == len(mails) + 1 else None)(d.tickets()), 40, "a ticket for each")
    assert len({t["number"] for t in tickets}) == len(mails) + 1
    assert d.cli("reconcile").returncode == 0
    assert d.cli("audit", "verify").returncode == 0
    assert d.stop() == 0


@pytest.mark.parametrize("how", ["crash", "hang", "bloat", "lie", "flood"])
def test_child_that_misbehaves(fresh, poison_parse, how):
    d = fresh.desk("poison", settings="limits = { parse-seconds = 2; };", env={"CAMPUSDESK_PARSE": str(poison_parse)})
    d.staff("mia@campus.example", "Mia Adler")
    d.start()
    raws = [HEAD % (s, s) + b"\r\nbody\r\n" for s in (b"before", b"poison:" + how.encode(), b"after")]
    start = time.monotonic()
    fresh.dovecot.append_many("helpdesk", raws)
    subjects = wait_for(lambda: (lambda s: s if {"before", "after"} <= s else None)({t["subject"] for t in d.tickets()}),
                        20, "the mails around it")
    # served before the bad one's tries were used up
    assert "before" in subjects and time.monotonic() - start < 20
    row = wait_for(lambda: (d.json("quarantine", "list") or [None])[0], 40, "quarantine")
    assert row["subject"] == "poison:" + how and row["attempts"] == 3 and row["error"]
    told = fresh.mia.wait_mail(1, 20)
    wait_for(lambda: any("could not be processed" in (m["Subject"] or "") or "poison" in (m["Subject"] or "")
                         for m in fresh.mia.inbox()), what="staff told")
    assert told
    assert d.cli("reconcile").returncode == 0
    raw = d.cli("quarantine", "show", row["id"]).stdout
    assert "poison:" + how in raw
    assert d.stop() == 0


def test_crash_in_the_rules(fresh):
    """A mail that ends the daemon three times goes to quarantine; the others are served."""
    d = fresh.desk("rules", env={"CAMPUSDESK_TEST_CRASH": "desk:BOOM"})
    fresh.dovecot.append_many("helpdesk", [HEAD % (s, s) + b"\r\nbody\r\n" for s in (b"one", b"BOOM", b"two")])
    for _ in range(8):
        d.start(ready=False)
        try:
            wait_for(lambda: d.process.poll() is not None or len(d.tickets()) >= 3, 20, "an end")
        finally:
            d.kill()
        if len(d.tickets()) >= 3:
            break
    subjects = {t["subject"] for t in d.tickets()}
    assert {"one", "two"} <= subjects
    rows = d.json("quarantine", "list")
    assert [r["subject"] for r in rows] == ["BOOM"] and rows[0]["attempts"] >= 3
    d.start()
    assert d.cli("reconcile").returncode == 0
    assert d.cli("audit", "verify").returncode == 0
    assert d.stop() == 0
