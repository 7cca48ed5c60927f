"""What leaves, and what becomes of it when the mail server is not kind."""
import signal
import time

import pytest

from campus import PASSWORD, wait_for
from smtp_script import DROP, STALL, ScriptedSmtp

names = iter(f"smtp{n}" for n in range(1000))


@pytest.fixture
def server(campus):
    s = ScriptedSmtp(campus.authority)
    yield s
    s.close()


@pytest.fixture
def desk(campus, server):
    d = make_desk(campus, server)
    d.start()
    yield d
    assert d.stop() == 0


def make_desk(campus, server, smtp="", host="localhost"):
    d = campus.desk(next(names), mailboxes="",
                    smtp=f'url = "smtp://{host}:{server.port}"; retry-first = 1; retry-unknown-after = 1; '
                         f'user = "helpdesk"; password-file = "PASSWORD"; ca-file = "{campus.authority.ca}"; {smtp}')
    d.conf.write_text(d.conf.read_text().replace("PASSWORD", str(d.secret_file())))
    d.staff("mia@campus.example", "Mia Adler", mail="none")
    return d


def ask(desk, subject="Printer", address="jo@students.example"):
    """A ticket, entered at a terminal; its number."""
    out = desk.cli("ticket", "new", "--from", address, "--subject", subject, "It is broken.").stdout
    return int("".join(c for c in out if c.isdigit()))


def settled(desk, subject="Printer"):
    """A ticket whose acknowledgement has gone out: what follows is about its answers."""
    number = ask(desk, subject)
    wait_for(lambda: all(r["state"] == "sent" for r in outbox(desk, event=None)), what="the acknowledgement")
    return number


def answer(desk, number, text="It works again."):
    desk.cli("--as", "mia@campus.example", "ticket", "reply", str(number), text)


def outbox(desk, number=None, event="replied"):
    return [r for r in desk.json("outbox", "list", "--all")
            if (number is None or r["ticket"] == number) and (event is None or r["event"] == event)]


def wait_state(desk, number, state, seconds=20):
    def check():
        rows = outbox(desk, number)
        return rows[0] if rows and rows[0]["state"] == state else None
    return wait_for(check, seconds, f"an answer that is {state}, not {outbox(desk, number)}")


def of(server, address="jo@students.example"):
    return [t for t in server.taken if t.to == address and b"works again" in t.raw]


def refuse_once(stage, what):
    """A rule: say that at the first mail that gets so far, nothing special later. rule.done: it was said."""
    def rule(at):
        if at.stage != stage or rule.done:
            return None
        rule.done = True
        return what
    rule.done = False
    return rule


def test_a_mail_goes_out_over_tls_with_a_login(desk, server):
    number = ask(desk)
    answer(desk, number)
    row = wait_state(desk, number, "sent")
    assert row["attempts"] == 1 and row["error"].startswith("250 2.0.0 queued")
    mail = of(server)[0]
    assert mail.sender == "helpdesk@campus.example"
    assert mail.message_id == f"<{row['message_id']}>"
    assert (True, "helpdesk", PASSWORD) in server.logins
    assert all(tls for tls, line in server.seen if not line.startswith(("EHLO", "STARTTLS")))
    assert mail.raw.isascii() and b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert desk.logged(f"ticket={number}") and not desk.logged("works again")


def test_the_connection_is_kept(desk, server):
    for n in range(10):
        answer(desk, ask(desk, f"Printer {n}"))
    wait_for(lambda: len(of(server)) == 10, what="ten mails")
    assert server.connections <= 2


@pytest.mark.parametrize("stage", ["greet", "ehlo", "mail", "rcpt", "data", "end"])
def test_refused_for_now_is_tried_again(desk, server, stage):
    number = settled(desk)
    server.rule = refuse_once(stage, "451 4.3.0 come back")
    if stage in ("greet", "ehlo"):
        server.drop_all()
    answer(desk, number)
    row = wait_state(desk, number, "sent")
    assert server.rule.done and row["attempts"] == 2
    mails = of(server)
    assert [m.accepted for m in mails] == ([False, True] if stage == "end" else [True])
    assert len({m.raw for m in mails}) == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "end"])
def test_refused_for_good_fails_at_once(campus, server, stage):
    d = make_desk(campus, server)
    d.staff("boss@campus.example", "Boss", role="admin", mail="all")
    d.start()
    number = settled(d)
    server.rule = refuse_once(stage, "550 5.1.1 no such user")
    answer(d, number)
    row = wait_state(d, number, "failed")
    assert row["attempts"] == 1 and "no such user" in row["error"]
    told = wait_for(lambda: [t for t in server.taken if t.accepted and b"no such user" in t.raw], what="a notice to staff")
    assert [t.to for t in told] == ["boss@campus.example"]
    assert [r["to"] for r in outbox(d, number, "delivery-failed")] == ["boss@campus.example"]
    events = [e["action"] for e in d.show(number)["events"]]
    assert events.count("delivery-failed") == 1
    assert d.stop() == 0


def test_a_notice_that_fails_makes_no_notice(campus, server):
    d = make_desk(campus, server)
    d.staff("boss@campus.example", "Boss", role="admin", mail="all")
    server.rule = lambda at: "550 nobody here" if at.stage == "rcpt" else None
    d.start()
    number = ask(d)
    answer(d, number)
    wait_state(d, number, "failed")
    wait_for(lambda: all(r["state"] == "failed" for r in outbox(d, event=None)), what="the end of all")
    time.sleep(1.5)
    rows = outbox(d, event=None)
    about = [r for r in rows if r["event"] == "delivery-failed"]
    assert all(r["state"] == "failed" for r in rows)
    assert len(about) == len(rows) - len(about)
    assert d.stop() == 0


def test_broken_before_the_end_is_tried_again(desk, server):
    number = settled(desk)
    server.rule = refuse_once("body", DROP)
    desk.cli("--as", "mia@campus.example", "ticket", "reply", str(number),
             input="It works again.\n" + "And a long story about it.\n" * 35000)
    row = wait_state(desk, number, "sent")
    assert row["attempts"] == 2
    assert len([m for m in of(server) if m.accepted]) == 1
    assert len(of(server)) == 1


def test_broken_after_the_end_is_sent_again_once(desk, server):
    number = settled(desk)
    server.rule = refuse_once("end", DROP)
    answer(desk, number)
    row = wait_state(desk, number, "sent")
    assert row["attempts"] == 2
    first, second = of(server)
    assert first.raw == second.raw
    assert second.when - first.when >= 0.9          # retry-unknown-after


def test_unclear_twice_is_left_for_a_person(desk, server):
    number = settled(desk)
    server.rule = lambda at: DROP if at.stage == "end" else None
    answer(desk, number)
    wait_for(lambda: len(of(server)) == 2, what="two tries")
    time.sleep(2.5)
    assert len(of(server)) == 2
    row = wait_state(desk, number, "unknown")
    assert "after the end" in row["error"]
    server.rule = lambda at: None
    answer(desk, number, "It works again, really.")         # what comes after it is not held up
    wait_for(lambda: len(of(server)) == 3, what="the next mail")
    desk.cli("outbox", "retry", row["id"])
    wait_for(lambda: len(of(server)) == 4, what="the retry")
    mails = of(server)
    assert mails[3].raw == mails[0].raw
    wait_state(desk, number, "sent")


def test_order_is_kept_for_one_recipient(desk, server):
    number = settled(desk)
    server.rule = refuse_once("rcpt", "450 4.2.0 greylisted")
    for n in range(4):
        answer(desk, number, f"It works again, part {n}.")
    wait_for(lambda: len(of(server)) == 4, what="four answers")
    parts = [next(n for n in range(4) if f"part {n}.".encode() in m.raw) for m in of(server)]
    assert parts == [0, 1, 2, 3]


def test_a_server_that_hangs_does_not_hold_up_the_end(campus, server):
    d = make_desk(campus, server)
    d.start()
    number = settled(d)
    server.taken.clear()
    server.rule = lambda at: STALL if at.stage == "end" else None
    answer(d, number)
    wait_for(lambda: server.taken, what="a dialogue")
    began = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - began < 10
    server.rule = lambda at: None
    d.start()
    wait_state(d, number, "sent")
    assert d.stop() == 0


def test_killed_in_a_dialogue(campus, server):
    d = make_desk(campus, server)
    d.start()
    number = settled(d)
    server.rule = lambda at: STALL if at.stage == "end" else None
    answer(d, number)
    wait_for(lambda: of(server), what="a dialogue")
    d.kill(signal.SIGKILL)
    server.rule = lambda at: None
    assert outbox(d, number)[0]["state"] == "sending"
    d.start()
    row = wait_state(d, number, "sent")
    assert row["attempts"] == 2
    assert len({m.raw for m in of(server)}) == 1 and len(of(server)) == 2
    assert d.stop() == 0


def test_server_away_and_back(desk, server):
    server.close()
    numbers = [ask(desk, f"Printer {n}") for n in range(5)]
    for n in numbers:
        answer(desk, n)
    wait_for(lambda: desk.logged("no mail can leave for now"), what="a line in the log")
    server.again()
    wait_for(lambda: len(of(server)) == 5, what="all five")
    assert len(set(m.message_id for m in of(server))) == 5


@pytest.mark.parametrize("trouble", ["no STARTTLS", "injected", "wrong CA", "wrong host", "wrong password"])
def test_nothing_leaves_without_trust(campus, tmp_path, trouble):
    import campus as c
    authority, host, options, says = campus.authority, "localhost", {}, "certificate"
    if trouble == "no STARTTLS":
        options, says = {"starttls": False}, "STARTTLS"
    elif trouble == "injected":
        options, says = {"inject": "\r\n250 injected"}, ""
    elif trouble == "wrong CA":
        authority = c.Authority(tmp_path / "tls")
    elif trouble == "wrong host":
        options = {"host": "other.campus.example"}
    s = ScriptedSmtp(authority, **options)
    if trouble == "wrong password":
        s.rule, says = lambda at: "535 5.7.8 wrong password" if at.stage == "auth" else None, "wrong password"
    d = make_desk(campus, s)
    d.start()
    number = ask(d)
    answer(d, number)
    row = wait_for(lambda: next((r for r in outbox(d, event=None) if r["error"]), None), what="an error that says why")
    assert row["state"] == "queued"
    assert says in row["error"]
    assert not s.taken and not [line for tls, line in s.seen if line.startswith("MAIL")]
    assert not [login for login in s.logins if not login[0]]
    check = d.cli("check", check=False)
    assert check.returncode == 69 and says in check.stdout + check.stderr
    assert d.stop() == 0
    s.close()
