"""The canary: a mail to ourselves that is late, lost, or cannot be sent or fetched. Told once, and once when well."""
import json
import threading
import time

import pytest

from campus import DESK, Campus, wait_for
from smtp_script import ScriptedSmtp

names = iter(f"canary{n}" for n in range(1000))
INTERVAL, WARN_AFTER = 3, 5     # seconds


@pytest.fixture(scope="module")
def campus():
    with Campus() as made:
        yield made


class World:
    """What the desk sends comes to a server of ours; canaries go on from there as we like."""

    def __init__(self, campus):
        self.campus = campus
        self.delay = 0          # seconds; None: lost
        self.relayed = 0
        self.smtp = ScriptedSmtp(campus.authority)
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()

    def relay(self):
        waiting = []
        seen = 0
        while not self.ends.wait(0.05):
            new, seen = self.smtp.taken[seen:], len(self.smtp.taken)
            waiting += [(t.when + self.delay, t) for t in new if t.to == DESK and self.delay is not None]
            for item in [w for w in waiting if w[0] <= time.monotonic()]:
                waiting.remove(item)
                self.campus.jo.send(message=item[1].raw)
                self.relayed += 1

    def canaries(self):
        return [t for t in self.smtp.taken if t.to == DESK]

    def told(self, what):
        return [t.message for t in self.smtp.taken if t.message["Subject"] == f"{what}: canary"]

    def close(self):
        self.ends.set()
        self.thread.join()
        self.smtp.close()


@pytest.fixture
def world(campus):
    made = World(campus)
    yield made
    made.close()


@pytest.fixture
def desk(campus, world):
    d = campus.desk(next(names))
    d.write(f"canary = {{ interval = {INTERVAL}; warn-after = {WARN_AFTER}; }};",
            mailboxes=f'inbox = {{ imap = "imap://localhost:{campus.dovecot.imap}/INBOX"; start = "new"; '
                      f'poll-interval = 1; {d.server()} }};',
            smtp=f'url = "smtp://localhost:{world.smtp.port}"; retry-first = 1; {d.server()}')
    d.staff("mia@campus.example", "Mia Adler", role="admin", mail="none")
    d.start()
    yield d
    d.kill()
    if campus.dovecot.process is None or campus.dovecot.process.poll() is not None:
        campus.dovecot.start()


def back(desk, n=1):
    """So many canaries are in the ledger, as our own mail."""
    return len([f for f in desk.json("filed", "list") if f["because"] == "our own canary"]) >= n


def trouble(desk):
    """What check says of it, and how check ends."""
    p = desk.cli("--json", "check", check=False)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    return [r["text"] for r in rows if r["what"] == "trouble"], p.returncode


def words(message):
    part = next(p for p in message.walk() if p.get_content_type() == "text/plain")
    return " ".join(part.get_payload(decode=True).decode().split())


def told_once(world, n=1):
    assert (len(world.told("Trouble")), len(world.told("Well again"))) == (1, n)


def well_again(world):
    wait_for(lambda: world.told("Well again"), 60, "word that it is well")
    time.sleep(2 * INTERVAL)
    told_once(world)


def test_all_is_well(desk, world):
    wait_for(lambda: world.relayed >= 3, 40, "three canaries")
    assert not world.told("Trouble")
    assert trouble(desk) == ([], 0)
    assert desk.tickets() == []
    mail = world.canaries()[0].message
    assert mail["Subject"] == "Canary: the desk writes to itself"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert desk.stop() == 0
    rows = desk.cli("--json", "reconcile", check=False).stdout
    assert "missing" not in rows                # the last one may be on its way


def test_lost(desk, world):
    wait_for(lambda: world.relayed >= 1, 20, "a canary")
    world.delay = None
    wait_for(lambda: world.told("Trouble"), 40, "word that it is lost")
    said = words(world.told("Trouble")[0])
    assert f"did not come back within {WARN_AFTER} s; smtp took it" in said
    texts, code = trouble(desk)
    assert code == 69 and texts[0].startswith("canary, since ")
    time.sleep(3 * WARN_AFTER)                  # more are lost: nothing new
    told_once(world, 0)
    desk.stop()
    desk.start()                                # nor after a restart
    time.sleep(2 * WARN_AFTER)
    told_once(world, 0)
    world.delay = 0
    well_again(world)
    assert "came back after" in words(world.told("Well again")[0])
    assert trouble(desk) == ([], 0)
    assert desk.tickets() == []


def test_delayed(desk, world):
    wait_for(lambda: world.relayed >= 1, 20, "a canary")
    world.delay = WARN_AFTER + 3
    wait_for(lambda: world.told("Trouble"), 40, "word that it is late")
    relayed = world.relayed
    wait_for(lambda: world.relayed >= relayed + 3, 60, "three that are late")
    told_once(world, 0)                         # all too late: still the same trouble
    world.delay = 0
    well_again(world)


def test_imap_dead(campus, desk, world):
    wait_for(lambda: world.relayed >= 1, 20, "a canary")
    campus.dovecot.stop()
    wait_for(lambda: world.told("Trouble"), 40, "word of it")
    said = words(world.told("Trouble")[0])
    assert "smtp took it; mailbox inbox: localhost:" in said
    time.sleep(2 * WARN_AFTER)
    told_once(world, 0)
    campus.dovecot.start()
    well_again(world)
    others = {t.message["Subject"] for t in world.smtp.taken if t.to != DESK}
    assert others == {"Trouble: canary", "Well again: canary"}      # and of nothing else
    assert desk.tickets() == []


def test_smtp_dead(desk, world):
    wait_for(lambda: world.relayed >= 1, 20, "a canary")
    world.smtp.close()
    wait_for(lambda: desk.logged('trouble, staff told" what=canary'), 40, "the trouble in the log")
    texts, code = trouble(desk)
    assert code == 69 and "it was not sent" in texts[0]
    time.sleep(3 * WARN_AFTER)
    waiting = [r for r in desk.json("outbox", "list") if r["event"] == "canary"]
    assert len(waiting) <= 1                    # no heap of them
    world.smtp.again()
    wait_for(lambda: world.told("Trouble"), 60, "word of it, when it can be had")
    well_again(world)
