"""Bad input: the message and the exit code that the contract names."""
import os
import pwd
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from campus import BIN, wait_for


@pytest.fixture(scope="module")
def desk(campus):
    d = campus.desk("errors")
    d.staff("mia@campus.example", "Mia Adler")
    return d


@pytest.mark.parametrize("args, code, says", [
    (["frobnicate"], 64, "frobnicate"),
    (["ticket", "show"], 64, ""),
    (["ticket", "show", "x"], 64, "x"),
    (["ticket", "show", "999"], 1, "999"),
    (["ticket", "set", "999", "status=closed"], 1, "999"),
    (["ticket", "list", "--view", "sideways"], 64, "sideways"),
    (["parse", "/nonexistent/mail"], 66, "/nonexistent/mail"),
    (["login-link", "--nonsense"], 64, "--nonsense"),
    (["login-link", "nobody@campus.example"], 1, "nobody@campus.example"),
    (["session", "revoke", "x"], 64, "x"),
    (["outbox", "retry", "12345"], 1, "12345"),
    (["quarantine", "show", "12345"], 1, "12345"),
    (["staff", "add", "not an address", "--name", "x"], 64, "not an address"),
    (["ticket", "new", "--from", "jo@", "--subject", "x", "text"], 64, "jo@"),
    (["ticket", "new", "--from", "j\udcff@students.example", "--subject", "x", "text"], 64, "is not a mail address"),
    (["ticket", "new", "--from", "jo@students.example", "--subject", "T\udcfcr", "text"], 65, "not UTF-8"),
    (["ticket", "new", "--from", "jo@students.example", "--subject", "x", "T\udcfcr"], 65, "not UTF-8"),
    (["staff", "set", "nobody@campus.example", "--role", "staff"], 1, "nobody@campus.example"),
    (["ticket", "take", "1", "--as", "eve@elsewhere.example"], 1, "eve@elsewhere.example"),
])
def test_usage_and_absence(desk, args, code, says):
    p = desk.cli(*args, check=False)
    assert p.returncode == code, p.stderr
    assert p.stderr.strip() and says in p.stderr


def test_subject_is_one_line(desk):
    desk.cli("ticket", "new", "--from", "jo@students.example", "--subject", " a\nBcc: x@y.example\r\n", "text")
    assert desk.tickets()[0]["subject"].split() == ["a", "Bcc:", "x@y.example"]
    assert "\n" not in desk.tickets()[0]["subject"]


def test_output_that_cannot_be_written_is_told(desk):
    with open("/dev/full", "w") as full:
        p = subprocess.run([str(BIN / "campusdesk"), "-c", str(desk.conf), "staff", "list"], stdout=full, stderr=subprocess.PIPE,
                           text=True)
    assert p.returncode == 1 and "No space left" in p.stderr


def broken_conf(desk, name, change):
    path = desk.folder / name
    path.write_text(change(desk.conf.read_text()))
    return path


@pytest.mark.parametrize("change, line_of, says", [
    (lambda s: s.replace("poll-interval", "pol-interval"), "pol-interval", "pol-interval"),
    (lambda s: s.replace("poll-interval = 1", "poll-interval = \"often\""), "poll-interval", "poll-interval"),
    (lambda s: s.replace("poll-interval = 1", "poll-interval = -5"), "poll-interval", "poll-interval"),
    (lambda s: s.replace('address = "helpdesk@campus.example";', ""), "desk = ", "address"),
    (lambda s: s + "default-category = \"nonsense\";\n", "default-category", "nonsense"),
    (lambda s: s.replace("time-zone = \"Europe/Berlin\"", "time-zone = \"Mars/Olympus\""), "time-zone", "Europe/Berlin"),
])
def test_configuration(desk, campus, change, line_of, says):
    import subprocess
    from campus import BIN
    path = broken_conf(desk, "broken.conf", change)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if line_of in text)
    for program in ("campusdeskd", "campusdesk"):
        argv = [str(BIN / program), "-c", str(path)] + (["ticket", "list"] if program == "campusdesk" else [])
        p = subprocess.run(argv, capture_output=True, text=True, timeout=20)
        assert p.returncode == 78, p.stderr
        assert f"{path}:{line}: " in p.stderr and says in p.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("first", ["init", "staff", "restore"])
def test_root_does_not_lock_the_daemon_out(first, desk):
    """The store, and what SQLite keeps beside it, belong to whom the folder does."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder, nobody = Path(name), pwd.getpwnam("nobody")
        folder.chmod(0o755)
        (folder / "var").mkdir()
        os.chown(folder / "var", nobody.pw_uid, nobody.pw_gid)
        conf, store = folder / "campusdesk.conf", folder / "var" / "desk.db"

        def run(*args, **kw):
            return subprocess.run([str(BIN / "campusdesk"), "-c", str(conf), *args], capture_output=True, text=True, timeout=30, **kw)

        if first == "init":
            p = run("init", "--address", "desk@campus.example", "--imap", "", "--admin", "mia@campus.example", "--store", str(store))
        else:
            conf.write_text(f'desk = {{ name = "Desk"; address = "desk@campus.example"; }};\nstore = {{ url = "sqlite:{store}"; }};\n')
            conf.chmod(0o644)
            if first == "restore":
                desk.cli("backup", folder / "backup")
                p = run("restore", str(folder / "backup"))
            else:
                p = run("staff", "add", "mia@campus.example")
        assert p.returncode == 0, p.stderr
        p = run("staff", "list", user="nobody", group=nobody.pw_gid, extra_groups=[])
        assert p.returncode == 0 and "mia@campus.example" in p.stdout, p.stderr
        p = run("check", user="nobody", group=nobody.pw_gid, extra_groups=[])
        assert "wrong" not in p.stdout, p.stdout


@pytest.mark.parametrize("program", ["campusdesk", "campusdeskd"])
def test_no_configuration_says_how_to_make_one(program, tmp_path):
    args = ["staff", "list"] if program == "campusdesk" else []
    p = subprocess.run([str(BIN / program), "-c", str(tmp_path / "none.conf"), *args], capture_output=True, text=True, timeout=10)
    assert p.returncode == 78 and "none.conf" in p.stderr and "campusdesk init" in p.stderr


def test_daemon_says_how_it_is_called():
    said = {args: subprocess.run([str(BIN / "campusdeskd"), *args], capture_output=True, text=True, timeout=10)
            for args in (("--help",), ("--version",), ("--nonsense",), ("x",))}
    assert said["--help",].returncode == 0 and "usage: campusdeskd" in said["--help",].stdout
    assert said["--version",].returncode == 0 and said["--version",].stdout.startswith("campusdeskd ")
    for wrong in ("--nonsense", "x"):
        assert said[wrong,].returncode == 64 and "usage: campusdeskd" in said[wrong,].stderr


def test_second_daemon_is_refused(campus):
    d = campus.desk("twice").start()
    other = type(d)(campus, "twice-again")
    other.conf.write_text(d.conf.read_text())
    other.start(ready=False)
    wait_for(lambda: other.process.poll() is not None, what="refusal")
    assert other.process.returncode == 75
    assert other.logged("another")
    assert d.stop() == 0


def test_no_core_file_gets_the_secrets(campus):
    d = campus.desk("core")
    d.start()
    try:
        limits = Path(f"/proc/{d.process.pid}/limits").read_text()
    finally:
        d.stop()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def test_corrupt_store(campus):
    d = campus.desk("corrupt")
    d.store.write_bytes(b"this is no database at all, not in the least" * 200)
    p = d.cli("ticket", "list", check=False)
    assert p.returncode == 70 and p.stderr.strip()
    d.start(ready=False)
    wait_for(lambda: d.process.poll() is not None, what="refusal")
    assert d.process.returncode == 70


def test_newer_store(campus):
    d = campus.desk("newer")
    d.cli("staff", "list")
    with sqlite3.connect(d.store) as db:
        db.execute("PRAGMA user_version = 9999")
    db.close()
    p = d.cli("ticket", "list", check=False)
    assert p.returncode == 70 and "9999" in p.stderr


def test_deliver_without_a_daemon(campus):
    d = campus.desk("pipe", mailboxes=f'inbox = {{ imap = "imap://localhost:{campus.dovecot.imap}/INBOX"; '
                                      f'user = "second"; password = "x"; }};')
    d.conf.chmod(0o600)
    raw = (b"From: jo@students.example\r\nTo: helpdesk@campus.example\r\nSubject: piped\r\n"
           b"Message-ID: <p@x>\r\n\r\nBy pipe.\r\n")
    assert d.cli("deliver", "--mailbox", "inbox", input=raw).returncode == 0
    assert d.cli("deliver", "--mailbox", "inbox", input=raw).returncode == 0
    assert [t["subject"] for t in d.tickets()] == ["piped"]
    # locked by somebody else for longer than we wait: the MTA keeps it
    with sqlite3.connect(d.store, isolation_level=None) as db:
        db.execute("BEGIN EXCLUSIVE")
        p = d.cli("deliver", "--mailbox", "inbox", input=raw.replace(b"p@x", b"q@x"), check=False)
        db.execute("ROLLBACK")
    db.close()
    assert p.returncode == 75
    assert d.cli("deliver", "--mailbox", "nosuch", input=raw, check=False).returncode == 64
