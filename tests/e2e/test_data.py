"""People, lists, what is erased, exported, imported and kept: against real servers."""
import email.utils
import json
import mailbox
import os
import pty
import sqlite3
import subprocess
import time

import pytest

from campus import BIN, Campus, wait_for

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


SECRET = "xylophonequux"        # a word that stands nowhere else


def on_disk(desk, *words):
    """Which of the words stand in the files of the store, in plain letters of any case?"""
    found = set()
    for path in desk.folder.glob("desk.db*"):
        data = path.read_bytes().lower()
        found |= {w for w in words if w.lower().encode() in data}
    return found


def story(campus, desk):
    """Jo reports, Mia answers, Jo answers that; Ann reports something and names Jo."""
    t = campus.jo.send(f"The {SECRET} is broken", f"My {SECRET} in B-301 hums.\n",
                       attachments=[("hum.txt", "text/plain", f"{SECRET} hums".encode())])
    desk.wait_tickets(1)
    number = desk.tickets()[0]["number"]
    desk.cli("ticket", "reply", number, f"Dear Jo, we look at your {SECRET}.", "--as", "mia@campus.example")
    desk.cli("ticket", "note", number, f"Jo and the {SECRET} again.", "--as", "mia@campus.example")
    answer = wait_for(lambda: next((m for m in campus.jo.inbox() if "we look at" in m.as_string() and f"[#{number}]" in m["Subject"]),
                                   None), what="the answer")
    campus.jo.reply(answer, f"Thank you for the {SECRET}, it plays.")
    wait_for(lambda: len(desk.show(number)["messages"]) == 4, what="the reply")
    campus.ann.send("Lamp", "The lamp is out. Jo Doe <jo@students.example> saw it, too.")
    desk.wait_tickets(2)
    wait_for(lambda: not desk.json("outbox", "list"), what="an empty outbox")
    return number, next(x["number"] for x in desk.tickets() if x["subject"] == "Lamp"), t


def test_erase(campus, desk):
    number, lamp, first = story(campus, desk)
    assert on_disk(desk, SECRET, "jo@students.example") == {SECRET, "jo@students.example"}
    head = desk.cli("audit", "verify").stdout.strip()
    backup = desk.folder / "backup"
    desk.cli("backup", backup)

    # without --yes nothing is done, but said
    p = desk.cli("erase", "jo@students.example", check=False)
    assert p.returncode == 1 and "1 tickets" in p.stderr
    assert SECRET in desk.show(number)["subject"]
    # staff must be removed before; nobody is 1; who is no admin may not
    assert desk.cli("erase", "mia@campus.example", "--yes", check=False).returncode == 1
    assert desk.cli("erase", "nobody@x.example", "--yes", check=False).returncode == 1
    assert desk.cli("erase", "jo@students.example", "--yes", "--as", "mia@campus.example", check=False).returncode == 1

    said, = desk.json("erase", "JO@students.example", "--yes", "--server")
    assert (said["tickets"], said["messages"], said["raw"], said["server"]) == (1, 4, 2, 2)
    assert said["outbox"] >= 4
    assert any(f"#{lamp}" in line for line in said["unreached"])
    shell = desk.show(number)
    assert (shell["status"], shell["subject"], shell["requester"]["address"]) == ("closed", "(erased)", None)
    assert {m["text"] for m in shell["messages"]} == {"(erased)"} and len(shell["messages"]) == 4
    assert {m["author"]["address"] for m in shell["messages"]} == {None, "mia@campus.example"}
    assert not any(m["attachments"] for m in shell["messages"])
    assert desk.json("ticket", "list", "--view", "all", "--q", SECRET) == []
    assert desk.cli("person", "show", "jo@students.example", check=False).returncode == 1
    everything = desk.cli("--json", "audit", "show").stdout + desk.cli("--json", "outbox", "list", "--all").stdout
    assert "jo@students" not in everything.lower() and SECRET not in everything
    # what Ann wrote of him stands there still, and nowhere else; no letter of the word is left in any file
    assert on_disk(desk, SECRET) == set()
    desk.cli("audit", "verify", "--head", head)
    raws = [raw for _, _, raw in campus.dovecot.fetch("helpdesk")]
    assert not any(SECRET.encode() in raw for raw in raws) and any(b"The lamp is out" in raw for raw in raws)
    assert "missing" not in desk.cli("--json", "reconcile", check=False).stdout

    # the daemon runs on; an answer to what he still has makes a ticket of its own
    old = next(m for m in campus.jo.inbox() if "we look at" in m.as_string() and f"[#{number}]" in m["Subject"])
    campus.jo.reply(old, "I am here again.", Subject="Again")
    desk.wait_tickets(3)
    assert {t["number"] for t in desk.tickets()} == {number, lamp, 3}

    # an older backup brings nothing of it back, not even from the mailbox
    assert desk.stop() == 0
    for path in desk.folder.glob("desk.db*"):
        if not path.name.endswith(".erased"):
            path.unlink()
    (desk.folder / "secret").unlink()
    out = desk.cli("restore", backup).stdout
    assert "erased again" in out
    assert on_disk(desk, SECRET) == set()
    assert desk.show(number)["subject"] == "(erased)"
    audit_holds(desk)
    desk.start()
    desk.wait_tickets(3)        # "I am here again" was not erased, and comes anew
    assert not any(SECRET in json.dumps(desk.show(t["number"])) for t in desk.tickets() if t["number"] < 1000)


def test_delete(campus, desk):
    number, lamp, first = story(campus, desk)
    desk.cli("ticket", "link", number, lamp)
    backup = desk.folder / "backup"
    desk.cli("backup", backup)
    assert desk.cli("ticket", "delete", 4711, check=False).returncode == 1
    assert desk.cli("ticket", "delete", "x", check=False).returncode == 64
    said, = desk.json("ticket", "delete", number)
    assert (said["tickets"], said["messages"]) == (1, 4)
    assert any("--server" in line for line in said["unreached"])
    assert desk.cli("ticket", "show", number, check=False).returncode == 1
    assert desk.cli("ticket", "delete", number, check=False).returncode == 1
    assert [t["number"] for t in desk.tickets()] == [lamp]
    assert desk.show(lamp)["links"] == []
    assert on_disk(desk, SECRET) == set()
    shown = desk.json("audit", "show", "--ticket", number)
    assert shown[-1]["action"] == "erased" and shown[0]["action"] == "created" and shown[0]["new"] is None
    audit_holds(desk)
    # Jo is still somebody here, and a reply makes a new ticket
    assert desk.json("person", "show", "jo@students.example")[0]["reported"] == 0
    old = [m for m in campus.jo.inbox() if "we look at" in m.as_string() and f"[#{number}]" in m["Subject"]][-1]
    campus.jo.reply(old, "Does it hum?", Subject="Hum")
    desk.wait_tickets(2)
    assert max(t["number"] for t in desk.tickets()) == 3
    desk.stop()
    desk.cli("restore", backup, "--force")
    assert desk.cli("ticket", "show", number, check=False).returncode == 1
    audit_holds(desk)
    # the mails still lie on the server, and are not taken in anew
    desk.start()
    desk.wait_tickets(2)
    wait_for(lambda: desk.cli("reconcile", check=False).returncode == 0, what="a mailbox that is read")
    assert {t["subject"] for t in desk.tickets()} == {"Lamp", "Hum"}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_export(campus, desk):
    number, lamp, first = story(campus, desk)
    campus.eve.send("Newsletter", "Read this.", headers={"List-Id": "<news.x.example>", "Precedence": "bulk"})
    desk.wait_tickets(3)
    folder = desk.folder / "export"
    said, = desk.json("export", folder)
    assert (said["tickets"], said["raw"]) == (3, 4)
    assert desk.cli("export", folder, check=False).returncode == 1          # never over an existing one
    assert desk.cli("export", check=False).returncode == 64
    tickets = {t["number"]: t for t in lines(folder / "tickets.jsonl")}
    shown = desk.show(number)
    for field in ("status", "subject", "category", "requester", "assignee", "created", "tags", "links"):
        assert tickets[number][field] == shown[field]
    assert [m["text"] for m in tickets[number]["messages"]] == [m["text"] for m in shown["messages"]]
    report = tickets[number]["messages"][0]
    raw = (folder / report["raw"]).read_bytes()
    assert raw in [r for _, _, r in campus.dovecot.fetch("helpdesk")]
    assert report["message_id"] == first["Message-ID"].strip("<>")
    people = {p["address"]: p for p in lines(folder / "people.jsonl")}
    assert people["mia@campus.example"]["role"] == "staff" and people["jo@students.example"]["name"] == "Jo Doe"
    assert lines(folder / "events.jsonl") == desk.json("audit", "show")
    assert lines(folder / "outbox.jsonl") == desk.json("outbox", "list", "--all")
    items = lines(folder / "ledger.jsonl")
    assert sorted(i["outcome"] for i in items if i["outcome"] != "before start") == ["message", "ticket", "ticket", "ticket"]
    assert [i["list"] for i in lines(folder / "lists.jsonl")] == ["news.x.example"]
    assert len(list((folder / "raw").iterdir())) == 4
    assert not list(desk.folder.glob("export.*"))
    assert (folder.stat().st_mode & 0o777) == 0o700


def history(campus):
    """A report of years ago, its answer and thanks; one of today; a bounce; a vacation notice; a stranger's reply."""
    def mail(who, subject, text, date, mid, **headers):
        m = who.compose(subject, text, headers={k.replace("_", "-"): v for k, v in headers.items()})
        del m["Date"], m["Message-ID"]
        m["Date"] = date
        m["Message-ID"] = mid
        return m
    old = "Mon, 04 Mar 2024 09:%02d:00 +0100"
    now = email.utils.formatdate()
    return [
        mail(campus.jo, "Old lamp", "The lamp is out.\nFrom the door it looks dead.\n", old % 0, "<h1@x>"),
        mail(campus.mia, "Re: Old lamp", "!close\nIt is new now.", old % 5, "<h2@x>", In_Reply_To="<h1@x>"),
        mail(campus.jo, "Re: Old lamp", "Thank you!", old % 9, "<h3@x>", In_Reply_To="<h2@x>"),
        mail(campus.eve, "Re: Old lamp", "Me too.", old % 10, "<h4@x>", In_Reply_To="<h2@x>"),
        mail(campus.ann, "New lamp", "!priority urgent\nMine is out, room B-301.", now, "<h5@x>"),
        mail(campus.ann, "Away", "I am away.", now, "<h6@x>", Auto_Submitted="auto-replied"),
    ]


def mbox(path, mails):
    box = mailbox.mbox(path)
    for m in mails:
        box.add(mailbox.mboxMessage(m))
    box.close()
    return path


def test_import(campus, desk):
    mails = history(campus)
    path = mbox(desk.folder / "old.mbox", mails)
    before = len(campus.jo.inbox()), len(campus.ann.inbox()), len(campus.mia.inbox())
    said, = desk.json("import", f"mbox:{path}")
    assert (said["mails"], said["known"], said["left_out"]) == (6, 0, 0)
    assert (said["ticket"], said["message"], said["filed"]) == (3, 2, 1)
    new, old, strange = sorted(desk.tickets(), key=lambda t: t["subject"])
    assert desk.show(strange["number"])["links"] == [{"kind": "linked", "number": old["number"]}]
    assert (old["subject"], old["status"], old["created"]) == ("Old lamp", "closed", "2024-03-04T08:00:00Z")
    assert (new["subject"], new["status"], new["priority"]) == ("New lamp", "open", "normal")    # nothing is obeyed
    messages = desk.show(old["number"])["messages"]
    assert [(m["author"]["address"], m["visibility"], m["source"]) for m in messages] == [
        ("jo@students.example", "public", "import"), ("mia@campus.example", "public", "import"),
        ("jo@students.example", "public", "import")]
    assert messages[0]["text"].splitlines()[1] == "From the door it looks dead."
    assert [t["number"] for t in desk.json("ticket", "list", "--view", "all", "--q", "dead")] == [old["number"]]
    # nothing was sent, nor is it by the daemon's clock
    time.sleep(3)
    assert desk.json("outbox", "list", "--all") == []
    assert (len(campus.jo.inbox()), len(campus.ann.inbox()), len(campus.mia.inbox())) == before
    assert all(e["time"] > "2026" for e in desk.json("audit", "show"))
    # again, with one more: only that is new
    mbox(path, [campus.eve.compose("One more", "Hello.")])
    said, = desk.json("import", f"mbox:{path}")
    assert (said["mails"], said["known"], said["ticket"]) == (7, 6, 1)
    audit_holds(desk)
    # what comes by mail now finds its thread; a reply to what is long closed makes a new ticket
    late = campus.ann.compose("Re: New lamp", "Still out.", headers={"In-Reply-To": "<h5@x>"})
    campus.ann.send(message=late)
    wait_for(lambda: len(desk.show(new["number"])["messages"]) == 2, what="the late reply")
    # what it makes can be written out and read again
    out = desk.cli("ticket", "mbox", old["number"]).stdout
    assert out.count("\nFrom ") + out.startswith("From ") == 3 and "\n>From the door" in out


def test_import_maildir(campus, desk):
    folder = desk.folder / "Maildir"
    box = mailbox.Maildir(folder)
    for m in history(campus)[:2]:
        box.add(mailbox.MaildirMessage(m))
    draft = mailbox.MaildirMessage(campus.jo.compose("Draft", "Not sent."))
    draft.set_subdir("cur")
    draft.add_flag("D")
    box.add(draft)
    said, = desk.json("import", f"maildir:{folder}")
    assert (said["mails"], said["ticket"]) == (2, 1)
    for args in (["mbox:/nowhere"], ["maildir:/nowhere"], ["mbox:" + str(desk.conf)]):
        assert desk.cli("import", *args, check=False).returncode == 66
    for args in ([], ["pst:x"], ["mbox:x", "y"]):
        assert desk.cli("import", *args, check=False).returncode == 64


def test_import_with_mail(campus, desk):
    before = len(campus.ann.inbox())
    mail = campus.ann.compose("Fresh", "Please help.")
    path = mbox(desk.folder / "now.mbox", [mail])
    desk.cli("import", f"mbox:{path}", "--mail")
    assert campus.ann.wait_mail(before + 1)
    assert [(t["subject"], t["status"]) for t in desk.tickets()] == [("Fresh", "open")]
    assert {r["event"] for r in desk.json("outbox", "list", "--all")} == {"acknowledged", "staff-new-ticket"}
    # it never was in a mailbox of the desk
    assert not any("--server" in line for line in desk.json("erase", "ann@students.example", "--yes")[0]["unreached"])
    assert desk.json("import", f"mbox:{path}")[0]["known"] == 1         # and does not come back


def test_import_cut_off(campus, desk):
    """Killed in the middle: the same again takes the rest, nothing twice."""
    path = mbox(desk.folder / "many.mbox", [campus.jo.compose(f"Number {i}", f"Text {i}.") for i in range(300)])
    p = subprocess.Popen([str(BIN / "campusdesk"), "-c", str(desk.conf), "import", f"mbox:{path}"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(desk.tickets()) >= 32, what="a first batch")
    p.kill()
    p.wait()
    part = len(desk.tickets())
    said, = desk.json("import", f"mbox:{path}")
    assert (said["known"], said["ticket"]) == (part, 300 - part)
    assert len(desk.tickets()) == 300
    audit_holds(desk)
    # a bar on a terminal
    master, slave = pty.openpty()
    subprocess.run([str(BIN / "campusdesk"), "-c", str(desk.conf), "import", f"mbox:{path}"], check=True,
                   stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert "100 %  300 mails" in shown and "[######" in shown


def test_audit_show(campus, desk):
    number, lamp, first = story(campus, desk)
    everything = desk.json("audit", "show")
    assert {e["ticket"] for e in desk.json("audit", "show", "--ticket", number)} == {number}
    mine = desk.json("audit", "show", "--person", "JO@students.example")
    assert mine and all("jo@students.example" in (e["actor"], e["old"], e["new"]) for e in mine)
    assert {e["seq"] for e in mine} == {e["seq"] for e in everything
                                       if "jo@students.example" in (e["actor"], e["old"], e["new"])}
    assert desk.json("audit", "show", "--person", "nobody@x.example") == []
    middle = everything[len(everything) // 2]["time"]
    early, late = desk.json("audit", "show", "--until", middle), desk.json("audit", "show", "--since", middle)
    assert early + late == everything and all(e["time"] < middle for e in early) and late[0]["time"] >= middle
    assert desk.json("audit", "show", "--since", "2020-01-01", "--until", "2020-12-31") == []
    both = desk.json("audit", "show", "--ticket", number, "--person", "mia@campus.example", "--since", "2020-01-01")
    assert {e["actor"] for e in both if e["action"] == "note"} == {"mia@campus.example"}
    assert "mia@campus.example" in desk.cli("audit", "show", "--ticket", number).stdout
    for bad in (["--since", "yesterday"], ["--since"], ["--ticket", "x"], ["--person"], ["more"]):
        assert desk.cli("audit", "show", *bad, check=False).returncode == 64
    assert desk.json("ticket", "delete", lamp, "--server")[0]["server"] == 1
    assert not any(b"saw it, too" in raw for _, _, raw in campus.dovecot.fetch("helpdesk")[-1:])


@pytest.mark.parametrize("done, says", [
    ("UPDATE event SET time_ms = time_ms + 1 WHERE seq = 3", "event 3:"),
    ("UPDATE event SET ticket = 2 WHERE seq = 3", "event 3:"),
    ("UPDATE event SET person = 7 WHERE seq = 3", "event 3:"),
    ("UPDATE event SET item = 7 WHERE seq = 3", "event 3:"),
    ("UPDATE event SET action = 'status' WHERE seq = 3", "event 3:"),
    ("UPDATE event SET digest = zeroblob(32) WHERE seq = 3", "event 3:"),
    ("UPDATE event SET key_id = key_id + 1 WHERE seq = 3", "event 3:"),
    ("UPDATE event SET mac = zeroblob(32) WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET salt = zeroblob(16) WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET actor = 'eve@elsewhere.example' WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET proof = 'verified' WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET field = 'x' WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET old_value = 'x' WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET new_value = 'x' WHERE seq = 3", "event 3:"),
    ("UPDATE event_value SET because = 'x' WHERE seq = 3", "event 3:"),
    ("UPDATE event SET seq = 999 WHERE seq = 3; UPDATE event SET seq = 3 WHERE seq = 4; "
     "UPDATE event SET seq = 4 WHERE seq = 999", "event 3:"),
    ("DELETE FROM event WHERE seq = 3", "event 3: it was removed"),
    ("DELETE FROM event_value WHERE seq = 3", "1 events have lost their values"),
])
def test_audit_verify_finds(chain, done, says):
    found = chain(done)
    assert found.returncode == 1 and says in found.stderr


def test_audit_verify_head(chain):
    """A cut tail, and a chain made anew without the key: only a head noted outside tells of the first."""
    head = chain("SELECT 1").stdout.strip()
    assert chain("SELECT 1", head).returncode == 0
    cut = "DELETE FROM event WHERE seq > 3; DELETE FROM event_value WHERE seq > 3"
    assert chain(cut).returncode == 0
    found = chain(cut, head)
    assert found.returncode == 1 and "the tail was cut" in found.stderr
    anew = "DELETE FROM event_value WHERE seq > 3; UPDATE event SET mac = randomblob(32), digest = randomblob(32)"
    assert chain(anew).returncode == 1
    assert chain("SELECT 1", "3:" + "00" * 32).returncode == 1
    assert chain("SELECT 1", "x").returncode == 1


@pytest.fixture(scope="module")
def chain(campus):
    """What `audit verify` says of a copy of one desk's store, to which something was done behind its back."""
    d = campus.desk(next(names))
    d.cli("ticket", "new", "--from", "jo@students.example", "--subject", "One", "It hums.")
    d.cli("ticket", "close", 1, "It is quiet.")
    whole = d.store.read_bytes()
    wal = d.folder / "desk.db-wal"
    log = wal.read_bytes() if wal.exists() else b""

    def verify(sql, head=None):
        for tail in ("-wal", "-shm"):
            (d.folder / f"desk.db{tail}").unlink(missing_ok=True)
        d.store.write_bytes(whole)
        if log:
            wal.write_bytes(log)
        db = sqlite3.connect(d.store)
        db.executescript(sql)
        db.close()
        return d.cli("audit", "verify", *(["--head", head] if head else []), check=False)
    return verify


def test_keep_raw_days(campus, desk):
    """Raw mail older than that goes, by the daemon's clock; texts stay."""
    story(campus, desk)
    desk.stop()
    two_days = {"CAMPUSDESK_CLOCK_OFFSET": str(2 * 86400)}
    folder = desk.folder / "export"
    conf = desk.conf.read_text()

    desk.conf.write_text(conf + "keep-raw-days = 3;\n")
    desk.start(env=two_days)
    time.sleep(7)
    desk.stop()
    assert not desk.logged("raw mail removed")
    desk.conf.write_text(conf + "keep-raw-days = 1;\n")
    desk.start(env=two_days)
    wait_for(lambda: desk.logged("raw mail removed"), what="retention")
    assert desk.json("export", folder)[0]["raw"] == 0
    number = next(t["number"] for t in desk.tickets() if SECRET in t["subject"])
    shown = desk.show(number)
    assert SECRET in shown["messages"][0]["text"] and shown["messages"][0]["attachments"][0]["name"] == "hum.txt"
    desk.cli("ticket", "mbox", number)
    audit_holds(desk)
