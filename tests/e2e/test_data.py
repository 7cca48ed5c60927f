"""People, lists, what is erased, exported, imported and kept: against real servers."""
import json

import pytest

from campus import Campus, wait_for

names = iter(f"data{n}" for n in range(1000))


@pytest.fixture(scope="module")
def campus():
    with Campus() as made:
        yield made


@pytest.fixture
def desk(campus):
    d = campus.desk(next(names))
    # what the tests before left in the mailbox is not its own
    d.write(mailboxes=f'inbox = {{ imap = "imap://localhost:{campus.dovecot.imap}/INBOX"; start = "new"; '
                      f'poll-interval = 1; {d.server()} }};')
    d.staff("mia@campus.example", "Mia Adler")
    d.start()
    wait_for(lambda: d.logged("reading this mailbox for the first time"), what="the mailbox")
    yield d
    d.kill()


def audit_holds(desk):
    assert desk.cli("audit", "verify").returncode == 0


def test_person(campus, desk):
    campus.jo.send("Beamer", "The beamer in B-301 is dark.")
    campus.ann.send("Beamer again", "It is still dark.")
    desk.wait_tickets(2)
    ann, = desk.json("person", "show", "ANN@students.example")
    assert (ann["role"], ann["reported"], ann["watched"]) == ("requester", 1, 0)
    campus.jo.wait_mail(1), campus.ann.wait_mail(1)
    merged, = desk.json("person", "merge", "jo@students.example", "ann@students.example", "jo@home.example")
    assert {a["address"] for a in merged["addresses"]} == {"jo@students.example", "ann@students.example", "jo@home.example"}
    assert merged["reported"] == 2
    assert {t["requester"]["address"] for t in desk.tickets()} == {"jo@students.example"}
    assert "jo@home.example" in desk.cli("person", "show", "jo@home.example").stdout
    # the acknowledgement that Ann got before still proves who she is
    first = next(m for m in campus.ann.wait_mail(1) if "[#" in m["Subject"])
    campus.ann.reply(first, "And now it smokes.")
    number = next(t["number"] for t in desk.tickets() if t["subject"] == "Beamer again")
    said = wait_for(lambda: [m for m in desk.show(number)["messages"] if "smokes" in m["text"]], what="the answer")
    assert (said[0]["visibility"], said[0]["proof"]) == ("public", "token")
    p = desk.cli("person", "merge", "jo@students.example", "mia@campus.example", check=False)
    assert p.returncode == 1 and "staff first" in p.stderr
    assert desk.cli("person", "show", "nobody@x.example", check=False).returncode == 1
    assert desk.cli("person", "merge", "jo@students.example", check=False).returncode == 64
    audit_holds(desk)


def test_list(campus, desk):
    listed = {"List-Id": "Campus News <News.campus.example>", "Precedence": "bulk"}
    desk.cli("list", "set", "news.campus.example", "ignore")
    campus.eve.send("Newsletter 1", "Read this.", headers=listed)
    filed = wait_for(lambda: desk.json("filed", "list"), what="the newsletter")
    assert filed[0]["because"] == "list News.campus.example is ignored"
    assert desk.tickets() == []
    desk.cli("filed", "ticket", filed[0]["id"])
    assert [t["subject"] for t in desk.tickets()] == ["Newsletter 1"]
    before = len(campus.eve.inbox())
    desk.cli("list", "set", "<News.Campus.example>", "person")
    campus.eve.send("Newsletter 2", "Please answer.", headers=listed)
    desk.wait_tickets(2)
    assert campus.eve.wait_mail(before + 1)
    row, = desk.json("list", "show")
    assert (row["list"], row["taken"], row["mails"]) == ("news.campus.example", "person", 2)
    assert desk.json("list", "show", "NEWS.campus.example") == [row]
    assert desk.cli("list", "show", "other.example", check=False).returncode == 1
    assert desk.cli("list", "set", "news.campus.example", "loud", check=False).returncode == 64
    audit_holds(desk)
