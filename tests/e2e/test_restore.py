"""Backup, life goes on, restore: old tokens never land on a stranger's ticket."""
import shutil

from campus import wait_for


def test_restore(fresh):
    d = fresh.desk("desk")
    jo, ann = fresh.jo, fresh.ann
    d.start()
    jo.send("First", "The first report.")
    jo.wait_mail(1)
    d.wait_tickets(1)
    copy = fresh.folder / "backup"
    d.cli("backup", copy)
    assert d.cli("backup", copy, check=False).returncode == 1     # never over an existing one
    assert d.cli("restore", copy, "--force", check=False).returncode == 75  # never under a running daemon
    for i in range(20):
        (jo if i < 15 else ann).send(f"Lost {i}", f"Report {i}.")
    d.wait_tickets(21)
    box = jo.wait_mail(10, 30)          # ten acknowledgements an hour
    old = [m for m in box if "[#1]" not in m["Subject"]]
    d.stop()

    for name in ("desk.db", "desk.db-wal", "desk.db-shm"):
        (d.folder / name).unlink(missing_ok=True)
    shutil.move(d.folder / "secret", fresh.folder / "old-secret")
    d.cli("restore", copy)
    # the mailbox is emptied: what was lost stays lost to this desk
    shutil.rmtree(fresh.folder / "dovecot" / "mail" / "helpdesk")
    mails_before = len(jo.inbox()) + len(ann.inbox())
    d.start()
    for i in range(5):
        ann.send(f"New {i}", f"After the restore {i}.")
    tickets = d.wait_tickets(6)
    mine = {t["number"] for t in tickets if t["requester"]["address"] == "ann@students.example"}
    assert min(mine) > 1000, "numbers jump after a restore"

    for m in old[:5]:
        jo.reply(m, "An old answer.")
    wait_for(lambda: sum("An old answer" in x["text"] for t in d.tickets() for x in d.show(t["number"])["messages"]) == 5,
             what="the old answers")
    for number in mine:
        assert all("An old answer" not in x["text"] for x in d.show(number)["messages"])
    assert len(jo.inbox()) + len(ann.inbox()) >= mails_before
    assert d.cli("audit", "verify").returncode == 0
    assert d.stop() == 0


def test_unsent_mail_is_held_after_a_restore(fresh):
    d = fresh.desk("desk")
    d.start()
    fresh.jo.send("One", "Please.")
    fresh.jo.wait_mail(1)
    fresh.postfix.stop()
    d.cli("ticket", "reply", 1, "An answer that waits.")
    copy = fresh.folder / "backup"
    d.cli("backup", copy, "--verify")
    d.stop()
    for name in ("desk.db", "desk.db-wal", "desk.db-shm", "secret"):
        (d.folder / name).unlink(missing_ok=True)
    d.cli("restore", copy)
    fresh.postfix.start()
    d.start()
    held = wait_for(lambda: d.json("outbox", "list"), what="held rows")
    assert [r["state"] for r in held] == ["held"]
    assert len(fresh.jo.inbox()) == 1
    d.cli("outbox", "retry", held[0]["id"])
    assert len(fresh.jo.wait_mail(2)) == 2
    assert d.stop() == 0
