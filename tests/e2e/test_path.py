"""From a real mailbox to an answered ticket, as student and staff see it."""
import email.utils
import re

import pytest

from campus import DESK, body, wait_for


@pytest.fixture(scope="module")
def desk(campus):
    d = campus.desk("path")
    d.staff("mia@campus.example", "Mia Adler")
    d.start()
    yield d
    assert d.stop() == 0


def references(message):
    return re.findall(r"<[^>]+>", message["References"] or "")


def test_a_mail_becomes_an_answered_ticket(campus, desk):
    jo, mia = campus.jo, campus.mia
    asked = jo.send("Wi-Fi is down", "Hello,\nthe wifi in Library 2.14 is down.\n\nJo\n")
    ack = jo.wait_mail(1)[0]

    # the acknowledgement: headers of contract §5
    number = desk.tickets()[0]["number"]
    assert ack["In-Reply-To"] == asked["Message-ID"]
    assert asked["Message-ID"] in references(ack)
    assert ack["Subject"].startswith(f"[#{number}] ")
    assert ack["Auto-Submitted"] == "auto-replied"
    assert ack["X-Auto-Response-Suppress"] == "All"
    name, address = email.utils.parseaddr(ack["From"])
    assert (name, address) == ("Campus Helpdesk", DESK)
    assert re.fullmatch(r"helpdesk\+[a-z2-7]{26}@campus\.example", email.utils.parseaddr(ack["Reply-To"])[1])
    assert ack.get_body(("plain",)) is not None and ack.get_body(("html",)) is not None
    # an unproven sender's words do not come back
    assert "Wi-Fi" not in ack["Subject"] and "Library" not in body(ack)

    # staff hear of it and answer by mail
    told = mia.wait_mail(1)[0]
    assert "Library 2.14" in body(told)
    mia.reply(told, "We restarted the access point. Better now?")
    answer = jo.wait_mail(2)[1]
    name, address = email.utils.parseaddr(answer["From"])
    assert name == "Mia Adler via Campus Helpdesk" and address == DESK
    assert answer["In-Reply-To"] == asked["Message-ID"]
    assert "access point" in body(answer)
    assert answer["Auto-Submitted"] is None
    assert "Wi-Fi is down" in answer["Subject"]

    # the student answers; subject and References are lost on the way
    jo.reply(answer, "Yes, thank you. But room 2.15 is down, too.", Subject="AW: (kein Betreff)", In_Reply_To=None,
             References=None)
    told = wait_for(lambda: (mia.inbox()[1:] or [None])[0], what="the student's answer at staff")
    assert "2.15" in body(told)

    ticket = desk.show(number)
    assert ticket["status"] == "active"
    assert ticket["assignee"]["address"] == "mia@campus.example"
    texts = [m["text"] for m in ticket["messages"]]
    assert len(texts) == 3
    assert "access point" in texts[1] and ">" not in texts[1]
    assert "2.15" in texts[2] and "access point" not in texts[2]
    assert [m["visibility"] for m in ticket["messages"]] == ["public"] * 3
    assert ticket["messages"][2]["proof"] == "token"

    # staff close it from the terminal; the student's client threads it
    desk.cli("ticket", "close", number, "All rooms work again.", "--as", "mia@campus.example")
    closed = jo.wait_mail(3)[2]
    assert "All rooms work" in body(closed)
    assert asked["Message-ID"] in references(closed)
    assert desk.show(number)["status"] == "closed"

    # thanks do not reopen it, a question does
    jo.reply(closed, "Thank you very much!")
    wait_for(lambda: len(desk.show(number)["messages"]) == 5, what="thanks stored")
    assert desk.show(number)["status"] == "closed"
    jo.reply(closed, "It is down again.")
    wait_for(lambda: desk.show(number)["status"] == "active", what="reopening")
    assert desk.cli("audit", "verify").returncode == 0
    assert desk.cli("reconcile").returncode == 0


def test_commands_by_mail_and_undo(campus, desk):
    """Staff order by mail, the transcript comes back, "undo" in answer to it takes all of it back."""
    jo, mia = campus.jo, campus.mia
    jo.send("Dark stairs", "The lamp in the stairs is broken.")
    told = wait_for(lambda: next((m for m in mia.inbox() if "lamp in the stairs" in body(m)), None), what="notification")
    number = desk.tickets()[0]["number"]
    wait_for(lambda: [m for m in jo.inbox() if f"[#{number}]" in m["Subject"]], what="acknowledgement")
    before = len(jo.inbox())
    mia.reply(told, "!take\n!priority high\n!tag +lamp\n")
    done = wait_for(lambda: next((m for m in mia.inbox() if "priority: high" in body(m)), None), what="transcript")
    assert "undo" in body(done)
    ticket = desk.show(number)
    assert (ticket["priority"], ticket["tags"], ticket["status"]) == ("high", "lamp", "active")
    mia.reply(done, "undo")
    undone = wait_for(lambda: next((m for m in mia.inbox() if "priority: normal again" in body(m)), None), what="undo")
    assert undone["Auto-Submitted"]
    ticket = desk.show(number)
    assert (ticket["priority"], ticket["tags"], ticket["status"], ticket["assignee"]) == ("normal", "", "open", None)
    # an answer that also closes is one mail to the student
    mia.reply(told, "!close\n\nThe lamp is new.")
    closed = wait_for(lambda: next((m for m in jo.inbox() if "lamp is new" in body(m)), None), what="the answer")
    assert "!close" not in body(closed) and len(jo.inbox()) == before + 1
    assert desk.show(number)["status"] == "closed"
    assert desk.cli("audit", "verify").returncode == 0


def test_terminal_reply_reaches_the_student(campus, desk):
    ann = campus.ann
    asked = ann.send("Heating", "It is cold.")
    ann.wait_mail(1)
    number = desk.tickets()[0]["number"]
    desk.cli("ticket", "note", number, "The dean asked us to save money until the first of December, keep that inside.")
    desk.cli("ticket", "reply", number, "A fitter comes at ten.", "--as", "mia@campus.example")
    answer = ann.wait_mail(2)[1]
    assert "fitter" in body(answer) and answer["In-Reply-To"] == asked["Message-ID"]
    refused = desk.cli("ticket", "reply", number,
                       "Sorry: the dean asked us to save money until the first of December, keep that inside.",
                       "--as", "mia@campus.example", check=False)
    assert refused.returncode == 1 and "note" in refused.stderr
    assert all("dean" not in body(m) for m in ann.inbox())
    story = desk.cli("why", number).stdout
    assert "default" in story or "keyword" in story


def test_parent_arrives_after_its_reply(campus, desk):
    jo = campus.jo
    first = jo.compose("Projector broken", "The projector in B301 is broken.")
    second = jo.compose("Re: Projector broken", "PS: also the screen.",
                        headers={"In-Reply-To": first["Message-ID"], "References": first["Message-ID"]})
    jo.send(message=second)
    number = wait_for(lambda: next((t["number"] for t in desk.tickets() if "Projector" in t["subject"]), None))
    jo.send(message=first)
    wait_for(lambda: len(desk.show(number)["messages"]) == 2, what="the parent on the same ticket")


def test_staff_notes_never_leave(campus, desk):
    jo, mia = campus.jo, campus.mia
    before = len(jo.inbox())
    had = len(mia.inbox())
    jo.send("Printer", "The printer has paper jam.")
    told = wait_for(lambda: (mia.inbox()[had:] or [None])[0], what="staff told")
    number = int(re.search(r"\[#(\d+)\]", told["Subject"])[1])
    mia.reply(told, "!note\nHe jams it himself every week, I am sure.")
    wait_for(lambda: len(desk.show(number)["messages"]) == 2, what="the note")
    assert desk.show(number)["messages"][1]["visibility"] == "note"
    mia.reply(told, "!ntoe\nHe does it on purpose.")
    wait_for(lambda: len(desk.show(number)["messages"]) == 3, what="the refused answer")
    assert desk.show(number)["messages"][2]["visibility"] == "note"
    jo.wait_mail(before + 1)
    assert all("jams it" not in body(m) and "on purpose" not in body(m) for m in jo.inbox())


def test_forged_staff_mail_is_asked_for(campus, desk):
    jo, mia, eve = campus.jo, campus.mia, campus.eve
    had = len(mia.inbox())
    before = len(jo.inbox())
    jo.send("Beamer", "Where can I borrow a beamer?")
    told = wait_for(lambda: (mia.inbox()[had:] or [None])[0], what="staff told")
    number = int(re.search(r"\[#(\d+)\]", told["Subject"])[1])
    forged = eve.compose(f"Re: [#{number}] Beamer", "Send me your password, please.",
                         headers={"In-Reply-To": told["Message-ID"], "References": told["Message-ID"]})
    del forged["From"]
    forged["From"] = "Mia Adler <mia@campus.example>"
    eve.send(message=forged)
    question = wait_for(lambda: (mia.inbox()[had + 1:] or [None])[0], what="the question to the known address")
    assert desk.show(number)["messages"][1]["visibility"] == "held"
    assert "password" in body(question)
    jo.wait_mail(before + 1)
    assert all("password" not in body(m) for m in jo.inbox())
