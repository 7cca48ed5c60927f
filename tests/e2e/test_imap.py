"""The mailbox: every way a server, or the way to it, can be wrong."""
import imaplib
import itertools
import os
import time

import pytest

import campus as c
from campus import wait_for
from hostile import Imap, Wire

NAMES = itertools.count(1)


def mail(subject, body=b"Please help.\r\n", day="25"):
    who = subject.replace(" ", ".")         # nobody is over a limit
    return (f"From: Jo Doe <{who}@students.example>\r\nTo: helpdesk@campus.example\r\nSubject: {subject}\r\n"
            f"Date: Wed, {day} Nov 2026 10:00:00 +0000\r\nMessage-ID: <{who}.{time.time_ns()}"
            "@students.example>\r\n\r\n").encode() + body


@pytest.fixture(scope="module")
def campus():
    """One campus with many mailboxes: each test takes its own."""
    with c.Campus(users=[f"box{i}" for i in range(1, 60)] + ["helpdesk", "jo"]) as made:
        yield made


@pytest.fixture
def box():
    return f"box{next(NAMES)}"


@pytest.fixture
def other_box():
    return f"box{next(NAMES)}"


@pytest.fixture
def desk(campus, box):
    """make(settings of the mailbox): a desk on the mailbox of this test."""
    made = []

    def make(mailbox="", url=None, start="all", **kw):
        d = campus.desk(f"desk-{box}-{len(made)}", user=box, mailboxes=entry(campus, None, box, mailbox, url, start), **kw)
        made.append(d)
        return d

    yield make
    for d in made:
        d.kill()


def entry(campus, name, box, settings="", url=None, start="all"):
    url = url or f"imap://localhost:{campus.dovecot.imap}/INBOX"
    if "password" not in settings:
        settings += f' password-file = "{password(campus)}";'
    if "ca-file" not in settings and 'tls = "none"' not in settings:
        settings += f' ca-file = "{campus.authority.ca}";'
    return (f'{name or "inbox"} = {{ imap = "{url}"; user = "{box}"; start = "{start}"; poll-interval = 1; {settings} }};')


def password(campus, text=c.PASSWORD):
    path = campus.folder / ("password-" + text)
    if not path.exists():
        path.write_text(text + "\n")
        path.chmod(0o600)
    return path


def flags(campus, box, folder="INBOX"):
    return {uid: {f.decode() for f in fl} - {"\\Recent"} for uid, fl, _ in campus.dovecot.fetch(box, folder)}


def subjects(d):
    return sorted(t["subject"] for t in d.tickets())


def wait_subjects(d, *expected, seconds=20):
    try:
        wait_for(lambda: len(d.tickets()) >= len(expected), seconds, "tickets")
    finally:
        assert subjects(d) == sorted(expected), d.log.read_text()[-3000:]


def test_each_fault_is_told_and_touches_no_other(campus, box, other_box, tmp_path):
    stranger = c.Authority(tmp_path / "tls")
    secret = password(campus, "wrong-horse")
    port, ssl_port = campus.dovecot.imap, campus.dovecot.imaps
    with Imap(fault="no-starttls") as bare, Imap(fault="injected") as injected:
        told = {
            "foreignca": ((f'ca-file = "{stranger.ca}";', f"imaps://localhost:{ssl_port}/INBOX"),
                          "not signed by an authority that is trusted here"),
            "foreigntls": ((f'ca-file = "{stranger.ca}";', None), "not signed by an authority that is trusted here"),
            "othername": (("", f"imaps://127.0.0.1:{ssl_port}/INBOX"), "the certificate is made out to localhost, not to 127.0.0.1"),
            "bare": (("", f"imap://localhost:{bare.port}/INBOX"), "does not offer STARTTLS"),
            "injected": (("", f"imap://localhost:{injected.port}/INBOX"), "slipped plain text in behind the answer to STARTTLS"),
            "badlogin": ((f'password-file = "{secret}";', None), f"user {box} is refused"),
            "nofolder": (("", f"imap://localhost:{port}/Nowhere"), "no such folder"),
            "nothing": (("", f"imap://localhost:{c.free_port()}/INBOX"), "Connection refused"),
        }
        boxes = [entry(campus, name, box if name != "foreigntls" else "box59", *how) for name, (how, _) in told.items()]
        d = campus.desk("faults", user=other_box, mailboxes="\n".join(boxes + [entry(campus, "good", other_box)]))
        campus.dovecot.append(other_box, mail("served all the same"))
        start = time.monotonic()
        d.start()
        wait_subjects(d, "served all the same")
        assert time.monotonic() - start < 10
        for name, (_, sentence) in told.items():
            wait_for(lambda s=sentence, n=name: any(s in line and f"mailbox={n}" in line for line in lines(d)), 10,
                     f"{name}: {sentence}\n{d.log.read_text()[-3000:]}")
        for line in lines(d):
            assert "horse" not in line and c.PASSWORD not in line
        assert d.stop() == 0


def lines(d):
    return d.log.read_text(errors="replace").splitlines()


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_taken_and_seen(campus, desk, box, scheme):
    port = campus.dovecot.imaps if scheme == "imaps" else campus.dovecot.imap
    campus.dovecot.append(box, mail("unread"))
    campus.dovecot.append(box, mail("read by somebody"), flags="\\Seen")
    d = desk(url=f"{scheme}://localhost:{port}/INBOX").start()
    wait_subjects(d, "unread", "read by somebody")
    wait_for(lambda: flags(campus, box) == {1: {"\\Seen"}, 2: {"\\Seen"}}, what="both seen")
    start = time.monotonic()
    campus.dovecot.append(box, mail("while idle"))
    wait_subjects(d, "unread", "read by somebody", "while idle")
    assert time.monotonic() - start < 3
    wait_for(lambda: len(flags(campus, box)) == 3 and all(flags(campus, box).values()), what="the third seen")
    assert d.stop() == 0


def test_keep_leaves_all_as_it_was(campus, desk, box):
    campus.dovecot.append(box, mail("kept"))
    d = desk('after = "keep"; idle = false;').start()
    wait_subjects(d, "kept")
    campus.dovecot.append(box, mail("polled"))
    wait_subjects(d, "kept", "polled")
    assert d.stop() == 0
    assert flags(campus, box) == {1: set(), 2: set()}
    d.start()
    time.sleep(1)
    assert subjects(d) == ["kept", "polled"]


def test_move(campus, desk, box):
    for i in range(3):
        campus.dovecot.append(box, mail(f"mail {i}"))
    d = desk('after = "move:Erledigt & für später";').start()
    wait_subjects(d, "mail 0", "mail 1", "mail 2")
    wait_for(lambda: not campus.dovecot.fetch(box), what="an empty inbox")
    moved = campus.dovecot.fetch(box, "Erledigt &- f&APw-r sp&AOQ-ter")
    assert len(moved) == 3
    campus.dovecot.append(box, mail("mail 3"))
    wait_subjects(d, "mail 0", "mail 1", "mail 2", "mail 3")
    wait_for(lambda: not campus.dovecot.fetch(box), what="an empty inbox again")
    assert d.stop() == 0


def test_start_new_takes_only_what_comes(campus, desk, box):
    campus.dovecot.append_many(box, [mail(f"old {i}") for i in range(3)])
    d = desk(start="new").start()
    wait_for(lambda: d.logged("connected"), what="connected")
    campus.dovecot.append(box, mail("new"))
    wait_subjects(d, "new")
    wait_for(lambda: flags(campus, box)[4] == {"\\Seen"}, what="the new one seen")
    assert [flags(campus, box)[i] for i in (1, 2, 3)] == [set()] * 3
    d.stop()
    campus.dovecot.append(box, mail("while away"))
    d.start()
    wait_subjects(d, "new", "while away")
    assert d.stop() == 0


def test_start_all_answers_nothing_old(campus, desk, box):
    old = time.time() - 4 * 86400
    with_date = campus.dovecot.login(box)
    with_date.append("INBOX", None, imaplib.Time2Internaldate(old), mail("last week", day="21"))
    with_date.logout()
    campus.dovecot.append(box, mail("today"))
    d = desk().start()
    wait_subjects(d, "last week", "today")
    wait_for(lambda: d.json("outbox", "list", "--all"), what="an acknowledgement")
    number = {t["subject"]: t["number"] for t in d.tickets()}
    assert {r["ticket"] for r in d.json("outbox", "list", "--all")} == {number["today"]}
    assert d.stop() == 0


def new_uidvalidity(campus, box):
    """As after a repair of the server: the mails are there, numbered anew."""
    campus.dovecot.stop()
    folder = campus.dovecot.folder / "mail" / box
    for name in os.listdir(folder):
        if name.startswith(("dovecot-uid", "dovecot.index", "dovecot.list")):
            os.unlink(folder / name)
    campus.dovecot.start()


def test_uidvalidity_changes(campus, desk, box):
    campus.dovecot.append_many(box, [mail(f"mail {i}") for i in range(5)])
    d = desk().start()
    wait_subjects(d, *[f"mail {i}" for i in range(5)])
    time.sleep(1.1)         # Dovecot makes it of the second
    new_uidvalidity(campus, box)
    campus.dovecot.append(box, mail("afterwards"))
    wait_subjects(d, "afterwards", *[f"mail {i}" for i in range(5)])
    assert d.logged("numbers this folder anew")
    wait_for(lambda: len(flags(campus, box)) == 6 and all(flags(campus, box).values()), what="all seen")
    assert len(d.json("outbox", "list", "--all")) <= 6
    assert d.stop() == 0


def test_uidvalidity_changes_and_old_mail_stays_old(campus, desk, box):
    campus.dovecot.append_many(box, [mail(f"old {i}") for i in range(3)])
    time.sleep(2.1)         # mail is dated in seconds
    d = desk(start="new").start()
    wait_for(lambda: d.logged("connected"), what="connected")
    campus.dovecot.append(box, mail("new"))
    wait_subjects(d, "new")
    new_uidvalidity(campus, box)
    campus.dovecot.append(box, mail("newer"))
    wait_subjects(d, "new", "newer")
    wait_for(lambda: sum(map(bool, flags(campus, box).values())) == 2, what="two seen")
    assert d.stop() == 0


def test_server_restarts_while_idle(campus, desk, box):
    d = desk().start()
    wait_for(lambda: d.logged("connected"), what="connected")
    time.sleep(0.3)
    campus.dovecot.stop()
    wait_for(lambda: d.logged("no connection"), what="the loss noticed")
    campus.dovecot.start()
    campus.dovecot.append(box, mail("after the restart"))
    wait_subjects(d, "after the restart")
    assert d.stop() == 0


def test_cut_in_the_middle_of_a_body(campus, desk, box):
    """Nothing of a half mail is taken, and nothing twice."""
    big = mail("half", b"0123456789abcdef" * 40 + b"\r\n")
    campus.dovecot.append_many(box, [mail(f"whole {i}") for i in range(20)] + [mail("large", b"x" * 70 + b"\r\n" + (
        b"y" * 76 + b"\r\n") * 20000), big])
    with Wire(campus.dovecot.imap, [3500, 9000, 600000]) as wire:
        d = desk(url=f"imap://localhost:{wire.port}/INBOX").start()
        wait_subjects(d, "half", "large", *[f"whole {i}" for i in range(20)], seconds=30)
        assert wire.connections >= 4
        wait_for(lambda: all(flags(campus, box).values()), what="all seen")
        assert all(len(d.show(t["number"])["messages"]) == 1 for t in d.tickets()[:3])
        assert d.stop() == 0


def test_mail_that_breaks_each_connection_keeps_no_other_out(campus, desk, box):
    """The wire is cut whenever the large one comes: the small one behind it is served."""
    campus.dovecot.append_many(box, [mail("large", (b"y" * 76 + b"\r\n") * 20000), mail("small")])
    with Wire(campus.dovecot.imap, [300000] * 50) as wire:
        d = desk(url=f"imap://localhost:{wire.port}/INBOX").start()
        wait_subjects(d, "small", seconds=30)
        assert d.logged("mail not to be had")
        assert d.stop() == 0


@pytest.mark.parametrize("fault", ["short", "stranger", "flood", "liar", "refused"])
def test_scripted_server(desk, fault):
    mails = {3: mail("three"), 5: mail("five", b"x" * 3000 + b"\r\n"), 9: mail("nine")}
    with Imap(mails, fault) as server:
        if fault == "refused":
            server.refuse = {5}
        settings = 'tls = "none"; idle = false;'
        d = desk(settings, url=f"imap://localhost:{server.port}/INBOX",
                 settings="limits = { mail-size = 2500; };" if fault == "liar" else "").start()
        expected = {"three", "five", "nine"} - ({"five"} if fault == "refused" else set())
        wait_subjects(d, *expected)
        want = {uid for uid, m in mails.items() if fault != "refused" or uid != 5}
        if fault == "liar":         # over mail-size: stays as it is
            want.discard(5)
        wait_for(lambda: server.seen == want, what="acknowledged")
        if fault == "refused":
            assert d.logged("mail not to be had")
        assert "alien" not in str([d.show(t["number"])["messages"] for t in d.tickets()])
        assert d.stop() == 0


def test_silent_server_does_not_hold_the_stop(desk):
    with Imap({1: mail("never")}, "silent") as server:
        d = desk('tls = "none";', url=f"imap://localhost:{server.port}/INBOX").start()
        wait_for(lambda: d.logged("connected"), what="connected")
        time.sleep(0.3)
        start = time.monotonic()
        assert d.stop() == 0
        assert time.monotonic() - start < 5


def test_acknowledgement_is_made_up_for_after_a_kill(campus, desk, box):
    """Killed between commit and flag: the next run flags, and takes nothing twice."""
    campus.dovecot.append_many(box, [mail(f"mail {i}") for i in range(30)])
    d = desk()
    for _ in range(4):
        d.start()
        time.sleep(0.15)
        d.kill()
    d.start()
    wait_subjects(d, *[f"mail {i}" for i in range(30)])
    wait_for(lambda: all(flags(campus, box).values()), what="all seen")
    assert all(len(d.show(t["number"])["messages"]) == 1 for t in d.tickets())
    assert d.stop() == 0


def peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))


def test_large_mails_in_bounded_memory(campus, desk, box):
    """25 MiB and less are taken whole, in memory that does not grow with them; more is accounted for."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=\r\n"

    def big(subject, size):
        head = mail(subject, b"").replace(b"\r\n\r\n", b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; '
                                          b'boundary=b\r\n\r\n--b\r\n\r\nSee the attachment.\r\n--b\r\nContent-Type: image/png; '
                                          b'name=a.png\r\nContent-Disposition: attachment; filename=a.png\r\n'
                                          b'Content-Transfer-Encoding: base64\r\n\r\n')
        body = line * ((size - len(head) - 10) // len(line))
        return head + body + b"--b--\r\n"

    mails = [big(f"big {i}", 26214400 - 1000) for i in range(4)]
    campus.dovecot.append_many(box, mails + [big("too big", 27 * 1024 * 1024), mail("small")])
    d = desk('after = "move:Done";').start()
    wait_subjects(d, "too big", "small", *[f"big {i}" for i in range(4)], seconds=60)
    used = peak(d.process.pid)
    assert used < 96 * 1024, f"{used} KiB"
    wait_for(lambda: len(campus.dovecot.fetch(box)) == 1, what="all but the one too big moved")
    assert b"Subject: too big" in campus.dovecot.fetch(box)[0][2]
    assert d.stop() == 0
