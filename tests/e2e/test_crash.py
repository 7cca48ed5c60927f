"""Nothing lost, nothing doubled: while the daemon is killed, falls over its own
rules, meets a full disk, a locked store, or a mail server that takes nothing.

CRASH_MAILS, CRASH_KILLS, CRASH_SEED, CRASH_STEP set the size; `make crash` makes it large.
"""
import os
import sqlite3
import subprocess
import time

import pytest

from campus import BIN, ROOT, wait_for
from storm import Storm

MAILS = int(os.environ.get("CRASH_MAILS", 200))
KILLS = int(os.environ.get("CRASH_KILLS", 20))
SEED = int(os.environ.get("CRASH_SEED", 1))
STEP = int(os.environ.get("CRASH_STEP", 5))
SHIM = ROOT / "build" / "release" / "preload" / "full_disk.so"


def full_disk(desk, **kw):
    """The environment in which the disk of that desk's store is full now and then."""
    assert SHIM.exists(), f"{SHIM} is not built: make test-tools"
    return dict({f"FULL_DISK_{k.upper()}": str(v) for k, v in kw.items()}, LD_PRELOAD=str(SHIM),
                FULL_DISK_PATH=str(desk.store))


def test_killed_at_any_moment(campus):
    with Storm(campus, "killed", MAILS, SEED) as storm:
        rain = storm.rain(seconds=0.6 * KILLS)
        storm.kill_some(KILLS)
        storm.desk.start()
        rain.join()
        storm.settle(60 + MAILS / 10)
        twice = storm.check()
        print(f"{len(storm.server.taken)} mails out, {twice} of them twice")


def test_killed_by_its_own_rules(campus):
    """A mail that crashes desk/ is taken out of the way after three times; no other suffers."""
    bombs = (5, 23)
    with Storm(campus, "bombs", 40, SEED, env={"CAMPUSDESK_TEST_CRASH": "desk:BOOM"}, follow_ups=0) as storm:
        storm.mails = [(n, p, raw.replace(b"Subject: Trouble", b"Subject: BOOM Trouble") if n in bombs else raw)
                       for n, p, raw in storm.mails]
        rain = storm.rain(seconds=3)
        ends = storm.keep_up(lambda: not rain.is_alive() and len(storm.desk.json("quarantine", "list")) == len(bombs)
                             and storm.is_quiet(len(storm.mails) - len(bombs)))
        assert 3 * len(bombs) <= ends <= 3 * len(bombs) + 3
        about = [t for t in storm.shown().values() if "Trouble" not in t["subject"] or "BOOM" in t["subject"]]
        assert len(about) <= len(bombs)
        plain = {t["subject"] for t in storm.shown().values() if "BOOM" not in t["subject"]}
        assert {f"Trouble {n}" for n, _, _ in storm.mails if n not in bombs} <= plain
        storm.check_store()


def test_killed_between_commit_and_acknowledgement(campus):
    with Storm(campus, "committed", 10, SEED, env={"CAMPUSDESK_TEST_CRASH": "committed:Trouble 4"}) as storm:
        storm.rain(seconds=1).join()
        ends = storm.keep_up(storm.is_quiet)
        assert ends >= 1
        storm.check()


@pytest.mark.parametrize("every, long", [(307, 1), (503, 3), (1009, 12)])
def test_disk_full_now_and_then(campus, every, long):
    """Each so many writes some fail; a commit makes about sixty."""
    with Storm(campus, f"disk{every}", 40, SEED) as storm:
        rain = storm.rain(seconds=2)
        storm.desk.start(ready=False, env=full_disk(storm.desk, at=every, every=every, **{"for": long}))
        rain.join()
        storm.keep_up(storm.is_quiet)
        storm.check()


def test_disk_full_at_each_write_of_a_delivery(campus):
    """`deliver` at every STEPth write it makes: done, or to be tried again with nothing left behind."""
    with Storm(campus, "deliver", 1, SEED, follow_ups=0) as storm:
        desk, tried = storm.desk, 0
        for at in range(1, 1000, STEP):
            raw = storm.mails[0][2].replace(b"Trouble 0", b"Trouble %d" % at).replace(b"<m0@", b"<d%d@" % at)
            raw = raw.replace(b"<s0@", b"<s%d@" % at)
            before = len(desk.tickets())
            p = desk.cli("deliver", input=raw, check=False, env=full_disk(desk, at=at, **{"for": 1000000}))
            assert p.returncode in (0, 75), p.stderr
            tried += p.returncode == 75
            if p.returncode == 75:
                assert len(desk.tickets()) == before, f"half a delivery at write {at}"
                desk.cli("deliver", input=raw)
            assert len(desk.tickets()) == before + 1
            if p.returncode == 0:
                break
        else:
            raise AssertionError("a delivery of 1000 writes?")
        assert tried >= 3, "the disk was never full"
        assert desk.cli("audit", "verify").returncode == 0


def test_store_locked_and_mail_server_refusing(campus):
    """Another process has the store for 30 s; then the mail server takes nothing for a while."""
    with Storm(campus, "locked", 30, SEED) as storm:
        storm.desk.start()
        other = sqlite3.connect(storm.desk.store, isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        rain = storm.rain(seconds=3)
        time.sleep(30)
        assert storm.desk.process.poll() is None
        storm.server.rule = lambda at: "451 4.3.2 not now" if at.stage in ("mail", "rcpt") else None
        other.execute("ROLLBACK")
        other.close()
        rain.join()
        wait_for(lambda: storm.messages() == len(storm.mails), 30, "all mails taken in")
        wait_for(lambda: any(r["attempts"] > 1 for r in storm.outbox()), 20, "a second refusal")
        assert not storm.server.taken
        storm.server.rule = lambda at: "421 4.3.2 not now" if at.stage == "greet" else None
        storm.server.drop_all()
        wait_for(lambda: storm.desk.logged("no mail can leave for now"), 20, "a line that says so")
        storm.server.rule = lambda at: None
        storm.settle()
        assert storm.check() == 0
        assert storm.desk.stop() == 0


def test_a_second_daemon_is_refused_while_one_is_killed(campus):
    """The lock goes with the process that held it, and with nothing else."""
    with Storm(campus, "second", 1, SEED) as storm:
        storm.desk.start()
        p = subprocess.run([str(BIN / "campusdeskd"), "-c", str(storm.desk.conf)], capture_output=True, text=True, timeout=20)
        assert p.returncode == 75, p.stderr
        storm.desk.kill()
        storm.desk.start()
        assert storm.desk.stop() == 0
