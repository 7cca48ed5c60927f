#!/usr/bin/python3
"""From a local Dovecot to durable tickets, beside mbsync and fdm downloading the
same mailbox: alternating, medians, ratios, memory. Writes docs/performance.md.

usage: fetch.py [COUNT [ROUNDS]]     default 5000 5
"""
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from campus import PASSWORD, ROOT, Campus  # noqa: E402
from mails import generate  # noqa: E402

LIMITS = """limits = { auto-mail-per-hour = 1000000; auto-mail-per-day = 1000000; unproven-acks-per-hour = 1000000;
  tickets-per-sender-per-hour = 1000000; flood-tickets = 1000000; };"""


def family(pid):
    """pid and all below it."""
    out, stack = [], [pid]
    kids = {}
    for p in Path("/proc").glob("[0-9]*"):
        try:
            ppid = int((p / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        kids.setdefault(ppid, []).append(int(p.name))
    while stack:
        p = stack.pop()
        out.append(p)
        stack += kids.get(p, [])
    return out


def pss(pid):
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Memory(threading.Thread):
    """The highest sum of PSS of a process and its children, in KiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.going = pid, 0, True
        self.start()

    def run(self):
        while self.going:
            self.peak = max(self.peak, sum(map(pss, family(self.pid))))
            time.sleep(0.1)

    def end(self):
        self.going = False
        self.join()
        return self.peak


def cpu(pid):
    """User and system seconds of a process and of its waited-for children."""
    f = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, f[11:15])) / os.sysconf("SC_CLK_TCK")


def ours(campus, count, n):
    d = campus.desk(f"bench{n}", settings=LIMITS, mailbox='after = "keep";')
    text = d.conf.read_text()
    text = text[:text.index("smtp = ")] + LIMITS + "\n"
    text = text.replace(f"imap://localhost:{campus.dovecot.imap}", f"imaps://localhost:{campus.dovecot.imaps}")
    d.conf.write_text(text)
    d.staff("mia@campus.example", "Mia Adler", mail="none")
    start = time.monotonic()
    d.start(ready=False)
    memory = Memory(d.process.pid)
    db = None
    while True:
        time.sleep(0.02)
        if d.process.poll() is not None:
            raise SystemExit(d.log.read_text()[-2000:])
        try:
            db = db or sqlite3.connect(f"file:{d.store}?mode=ro", uri=True)
            done = db.execute("SELECT count(*) FROM ledger").fetchone()[0]
        except sqlite3.OperationalError:
            done = 0
        if done >= count:
            break
        if time.monotonic() - start > 300:
            raise SystemExit(f"only {done} of {count} after 300 s\n{d.log.read_text()[-2000:]}")
    took = time.monotonic() - start
    used = cpu(d.process.pid)
    db.close()
    peak = memory.end()
    d.stop()
    with sqlite3.connect(d.store) as db:
        acks = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    db.close()
    shutil.rmtree(d.folder)
    return took, peak, used, acks


def outside(argv, folder, count, maildir):
    start = time.monotonic()
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = Memory(p.pid)
    error = p.communicate()[1]
    took = time.monotonic() - start
    peak = memory.end()
    got = sum(1 for d in ("new", "cur") for _ in (maildir / d).iterdir())
    if got != count:
        raise SystemExit(f"{argv[0]}: {got} of {count} mails: {error.decode()[-500:]}")
    shutil.rmtree(folder)
    return took, peak


def mbsync(campus, count):
    folder = campus.folder / "mbsync"
    (folder / "mail").mkdir(parents=True)
    rc = folder / "rc"
    rc.write_text(f"""FSync no
IMAPAccount a
Host localhost
Port {campus.dovecot.imaps}
User helpdesk
Pass {PASSWORD}
SSLType IMAPS
CertificateFile {campus.authority.ca}

IMAPStore far
Account a

MaildirStore near
Inbox {folder}/mail/inbox
Path {folder}/mail/

Channel c
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState {folder}/state
""")
    return outside(["mbsync", "-c", str(rc), "c"], folder, count, folder / "mail" / "inbox")


def fdm(campus, count):
    folder = campus.folder / "fdm"
    folder.mkdir()
    conf = folder / "conf"
    conf.write_text(f"""set no-received
set lock-types none
set lock-file "{folder}/lock"
action "keep" maildir "{folder}/mail"
account "a" imaps server "localhost" port {campus.dovecot.imaps} user "helpdesk" pass "{PASSWORD}" no-verify keep
match all action "keep"
""")
    conf.chmod(0o600)
    env = dict(os.environ, HOME=str(folder))
    start = time.monotonic()
    p = subprocess.Popen(["fdm", "-f", str(conf), "fetch"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = Memory(p.pid)
    error = p.communicate()[1]
    took, peak = time.monotonic() - start, memory.end()
    got = sum(1 for d in ("new", "cur") for _ in (folder / "mail" / d).iterdir()) if (folder / "mail").exists() else 0
    shutil.rmtree(folder)
    if got != count:
        return None, error.decode()[-300:]
    return took, peak


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    results = {"campusdesk": [], "mbsync": [], "fdm": []}
    cpus, acks = [], 0
    with Campus() as campus:
        box = campus.dovecot.folder / "mail" / "helpdesk" / "new"
        campus.dovecot.login("helpdesk").logout()
        campus.dovecot.append("helpdesk", b"Subject: x\r\n\r\nx\r\n")
        for old in (box.parent / "cur", box):
            for f in old.iterdir():
                f.unlink()
        size = 0
        for n, raw in generate(count):
            (box / f"{n:08}.bench").write_bytes(raw)
            size += len(raw)
        for f in (box, *box.iterdir()):
            shutil.chown(f, "nobody")
        warm = campus.dovecot.login("helpdesk")
        warm.select("INBOX")
        warm.uid("FETCH", "1:*", "(RFC822.SIZE)")
        warm.logout()
        for n in range(rounds):
            os.sync()       # what the setting-up wrote is nobody's to wait for
            took, peak, used, acks = ours(campus, count, n)
            results["campusdesk"].append((took, peak))
            cpus.append(used)
            os.sync()
            results["mbsync"].append(mbsync(campus, count))
            os.sync()
            results["fdm"].append(fdm(campus, count))
            print(f"round {n + 1}: " + ", ".join(
                f"{k} {count / v[-1][0]:.0f}/s" if v[-1][0] else f"{k} failed: {v[-1][1]}" for k, v in results.items()), flush=True)
    lines = [f"{count} mails, {size / 1e6:.0f} MB, IMAPS from a local Dovecot, {os.cpu_count()} cores, {rounds} rounds alternating", "",
             "| program | seconds, median | mails/s | ratio to mbsync | peak memory (PSS, with children) |", "|---|---|---|---|---|"]
    base = statistics.median(t for t, _ in results["mbsync"])
    for name, rows in results.items():
        rows = [r for r in rows if r[0]]
        if not rows:
            lines.append(f"| {name} | did not fetch | | | |")
            continue
        t = statistics.median(r[0] for r in rows)
        lines.append(f"| {name} | {t:.2f} | {count / t:.0f} | {base / t:.2f} | {max(r[1] for r in rows) / 1024:.1f} MiB |")
    lines += ["", f"campusdesk: {acks} outbox rows queued; {statistics.median(cpus) / count * 1e3:.2f} ms of one core a mail in the daemon "
              "and the children it has waited for."]
    print("\n".join(lines))
    out = ROOT / "docs" / "performance-fetch.md"
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
