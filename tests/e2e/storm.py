"""Many mails while things break: what must hold afterwards (I1 to I5).

A storm puts mails into the mailbox over time while the daemon is killed, or
otherwise hindered, and then counts: every mail is exactly one message on the
right ticket, and every mail of ours left once, or twice where a kill hit its
dialogue, or is listed `unknown`.
"""
import collections
import random
import signal
import threading
import time

from campus import wait_for
from smtp_script import ScriptedSmtp

SETTINGS = """
limits = { unproven-acks-per-hour = 1000000; flood-tickets = 0; parse-seconds = 10; };
"""


class Storm:
    def __init__(self, campus, name, mails, seed, env=None, follow_ups=0.25, smtp=""):
        self.random = random.Random(seed)
        self.server = ScriptedSmtp(campus.authority)
        # a dialogue takes a while, so that kills hit some
        self.server.rule = lambda at: time.sleep(0.02 if at.stage == "end" else 0.002)
        self.campus = campus
        self.box = f"storm-{name}"
        imap = f"imap://{campus.dovecot.host}:{campus.dovecot.imap}/{self.box}"
        campus.dovecot.append("helpdesk", b"Subject: x\r\n\r\nx\r\n", folder=self.box)
        self.empty(campus)
        self.desk = campus.desk(name, settings=SETTINGS, env=env, smtp="PLACE", mailboxes="PLACE")
        text = self.desk.conf.read_text()
        text = text.replace("mailbox = { PLACE }", f'mailbox = {{ inbox = {{ imap = "{imap}"; start = "all"; '
                            f'poll-interval = 1; {self.desk.server()} }}; }}')
        text = text.replace("smtp = { PLACE }", f'smtp = {{ url = "smtp://localhost:{self.server.port}"; '
                            f'retry-first = 1; retry-unknown-after = 1; {self.desk.server()} {smtp} }}')
        self.desk.conf.write_text(text)
        self.desk.staff("mia@campus.example", "Mia Adler")
        self.kills = []
        self.mails = self.make(mails, follow_ups)

    def empty(self, campus):
        box = campus.dovecot.login("helpdesk")
        box.select(self.box)
        box.store("1:*", "+FLAGS", "\\Deleted")
        box.expunge()
        box.logout()

    def make(self, count, follow_ups):
        """[(n, parent or None, raw)]; a follow-up is by the same person."""
        out, parents = [], []
        for n in range(count):
            parent = self.random.choice(parents) if parents and self.random.random() < follow_ups else None
            first = n if parent is None else parent
            if parent is None:
                parents.append(n)
            thread = "" if parent is None else f"In-Reply-To: <m{parent}@students.example>\r\n" \
                                               f"References: <m{parent}@students.example>\r\n"
            subject = f"{'Re: ' if parent is not None else ''}Trouble {first}"
            out.append((n, parent, (
                f"From: Student {first} <s{first}@students.example>\r\nTo: helpdesk@campus.example\r\n"
                f"Subject: {subject}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                f"Message-ID: <m{n}@students.example>\r\n{thread}MIME-Version: 1.0\r\n"
                f"Content-Type: text/plain; charset=utf-8\r\n\r\nHere is word{n}x of mine.\r\n").encode()))
        return out

    def rain(self, seconds):
        """Append all mails within that time, from a thread of its own."""
        pause = seconds / max(1, len(self.mails))

        def work():
            box = self.campus.dovecot.login("helpdesk")
            for _, _, raw in self.mails:
                ok, answer = box.append(self.box, None, None, raw)
                assert ok == "OK", answer
                time.sleep(pause)
            box.logout()
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def kill_some(self, count, longest=1.2):
        """Start the daemon and kill it so often, at seeded moments."""
        for _ in range(count):
            self.desk.start(ready=False)
            time.sleep(self.random.uniform(0.02, longest))
            self.desk.kill(signal.SIGKILL)
            self.kills.append(time.monotonic())

    def keep_up(self, done):
        """Start the daemon again whenever it has ended by itself, until done() holds: how often that was."""
        ends, until = 0, time.monotonic() + 120
        while time.monotonic() < until:
            if self.desk.process is None or self.desk.process.poll() is not None:
                if self.desk.process is not None:
                    self.kills.append(time.monotonic())
                    ends += 1
                    self.desk.process.wait()
                self.desk.start(ready=False)
            if done():
                return ends
            time.sleep(0.2)
        raise AssertionError("the storm does not end: " + self.desk.log.read_text()[-3000:])

    # what is there

    def shown(self):
        """{number: ticket with its messages}"""
        return {t["number"]: self.desk.show(t["number"]) for t in self.desk.tickets("all")}

    def messages(self):
        import sqlite3
        db = sqlite3.connect(f"file:{self.desk.store}?mode=ro", uri=True, timeout=30)
        try:
            return db.execute("SELECT count(*) FROM message").fetchone()[0]
        finally:
            db.close()

    def outbox(self):
        return self.desk.json("outbox", "list", "--all")

    def is_quiet(self, messages=None):
        """All mails are messages, and nothing is still to be sent."""
        if self.messages() < (len(self.mails) if messages is None else messages):
            return False
        rows = self.desk.json("outbox", "list")
        return all(r["state"] in ("failed", "held", "bounced") or (r["state"] == "unknown" and r["attempts"] > 1)
                   for r in rows)

    def settle(self, seconds=60, messages=None):
        wait_for(lambda: self.is_quiet(messages), seconds, "everything taken in and sent out")

    # what must hold

    def check_tickets(self, skip=()):
        """Exactly the right tickets, and on each exactly the right messages."""
        want = collections.defaultdict(list)
        for n, parent, _ in self.mails:
            if n not in skip:
                want[n if parent is None else parent].append(n)
        got = {}
        for number, ticket in self.shown().items():
            words = [m["text"].split("word")[1].split("x")[0] for m in ticket["messages"] if "word" in m["text"]]
            first = int(ticket["subject"].split()[-1])
            assert first not in got, f"ticket {number} and another are both about mail {first}"
            got[first] = sorted(map(int, words))
            assert ticket["requester"]["address"] == f"s{first}@students.example"
        assert got == dict(want)

    def check_store(self):
        p = self.desk.cli("reconcile", check=False)
        assert p.returncode == 0, p.stdout + p.stderr
        assert " 0 pending, 0 missing" in p.stdout, p.stdout
        p = self.desk.cli("audit", "verify", check=False)
        assert p.returncode == 0, p.stdout + p.stderr

    def check_mail_out(self):
        """No Message-ID more often than 1 + the kills that hit its dialogue; what is missing is `unknown`."""
        rows = self.outbox()
        by_id = collections.defaultdict(list)
        for t in self.server.taken:
            by_id[t.message_id.strip("<>")].append(t)
        twice = 0
        for row in rows:
            takes = by_id.pop(row["message_id"], [])
            assert row["state"] in ("sent", "unknown"), row
            if row["state"] == "sent":
                assert any(t.accepted for t in takes), f"sent, but the server has not seen it: {row}"
            if not takes:
                assert row["state"] == "unknown", row
            for before, after in zip(takes, takes[1:]):
                hits = [k for k in self.kills if before.began < k < after.began]
                assert hits, f"sent twice though nothing broke: {row}"
                assert before.raw == after.raw
                twice += 1
            assert len(takes) <= 2
        assert not by_id, f"sent, but no row says so: {list(by_id)}"
        acks = [r for r in rows if r["event"] == "acknowledged"]
        assert len({r["ticket"] for r in acks}) == len(acks), "a ticket was acknowledged twice"
        return twice

    def check(self, **kw):
        self.check_tickets(**kw)
        self.check_store()
        return self.check_mail_out()

    def close(self):
        self.desk.kill(signal.SIGTERM)
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
