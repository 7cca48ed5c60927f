"""The command line as a person sees it: help, hints, manual, completion, columns."""
import fcntl
import json
import mailbox
import os
import pty
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import termios
import unicodedata
from pathlib import Path

import pytest

from campus import BIN, PASSWORD, ROOT, wait_for

PROGRAM = str(BIN / "campusdesk")


def run(*args, **kw):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=60, **kw)


def table():
    """What the program says it knows: {"opts ticket list": "--view= …", …}"""
    lines = run("manual", "completion").stdout.splitlines()
    return dict(line.split(":", 1) for line in lines)


def every_command():
    found = []
    for command in table()["commands"].split():
        verbs = table()[f"verbs {command}"].split()
        found += [(command, v) for v in verbs] or [(command,)]
    return found


@pytest.fixture(scope="module")
def desk(campus):
    d = campus.desk("terminal")
    d.staff("mia@campus.example", "Mia Adler", category="it,services")
    d.staff("max@campus.example", "Max Roth", role="admin")
    return d


# ---- help and hints ----

@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_shows_an_example_that_names_it(words):
    p = run(*words, "--help")
    assert p.returncode == 0 and p.stderr == ""
    assert p.stdout.startswith("usage: campusdesk " + " ".join(words))
    example = p.stdout.split("example:\n")[1]
    assert "campusdesk " + " ".join(words) in example
    for option in table()["opts " + " ".join(words)].split():
        assert option.rstrip("=") in p.stdout


@pytest.mark.parametrize("program", sorted(p.name for p in BIN.glob("campusdesk*") if p.name in ("campusdeskd", "campusdesk-web")))
def test_daemons_explain_themselves(program):
    def start(*args):
        return subprocess.run([str(BIN / program), *args], capture_output=True, text=True, timeout=10)
    p = start("--help")
    assert p.returncode == 0 and p.stderr == ""
    assert p.stdout.startswith(f"usage: {program} [-c FILE]") and f"example:\n  {program} -c " in p.stdout
    p = start("--version")
    assert (p.returncode, p.stdout, p.stderr) == (0, run("--version").stdout.replace("campusdesk ", program + " "), "")
    for wrong in (["x"], ["--nope"], ["-c"]):
        p = start(*wrong)
        assert p.returncode == 64 and f"usage: {program}" in p.stderr and p.stdout == ""


def test_help_is_aligned():
    """What an option does begins in one column, whatever its value is called."""
    lines = run("ticket", "list", "--help").stdout.splitlines()
    starts = {len(re.match(r"  -.*?  +(?=\S)", line).group()) for line in lines if line.startswith("  -")}
    assert len(starts) == 1


def test_help_lists_every_subcommand():
    listed = run("--help").stdout
    for command in table()["commands"].split():
        assert re.search(rf"^  {command} +\S", listed, re.M), command
    assert "manual" not in table()["commands"].split()


@pytest.mark.parametrize("args, meant", [
    (["tickte", "list"], "ticket"),
    (["chekc"], "check"),
    (["back"], "backup"),
    (["ticket", "lst"], "list"),
    (["ticket", "repyl", "1"], "reply"),
    (["staff", "rm", "x@campus.example"], None),
    (["frobnicate"], None),
    (["ticket", "list", "--veiw", "open"], "--view"),
    (["deliver", "--mailbx", "x"], "--mailbox"),
    (["check", "--jsn"], "--json"),
])
def test_nearest_word_is_suggested(desk, args, meant):
    p = desk.cli(*args, check=False)
    assert p.returncode == 64 and p.stdout == ""
    if meant:
        assert f"did you mean {meant}?" in p.stderr
    else:
        assert "did you mean" not in p.stderr and "--help" in p.stderr


# ---- the manual and the completion are what the program knows ----

def test_every_option_of_the_sample_is_in_the_manual():
    page = (ROOT / "build/man/campusdesk.conf.5").read_text().replace("\\-", "-")
    sample = (ROOT / "packaging/campusdesk.conf.sample").read_text()
    names = set(re.findall(r"^#?\s*([a-z][a-z0-9-]*) = (?!\{)", sample, re.M)) | set(
        re.findall(r"[{;]\s+([a-z][a-z0-9-]*) = (?!\{)", sample))
    assert len(names) > 80
    missing = [n for n in sorted(names)
               if f".BR {n} " not in page and not (n.endswith("-file") and f".BR {n} ." in page)]
    assert missing == []


def test_every_option_of_the_manual_is_in_the_sample():
    page = run("manual", "conf").stdout.replace("\\-", "-")
    sample = (ROOT / "packaging/campusdesk.conf.sample").read_text()
    for name in re.findall(r"^\.BR ([a-z0-9-]+) ", page, re.M):
        assert re.search(rf"\b{name}(-file)? =", sample) or name in ("low", "normal", "high", "password"), name


def test_every_subcommand_is_in_the_manual():
    page = (ROOT / "build/man/campusdesk.1").read_text().replace("\\-", "-")
    for words in every_command():
        assert re.search(rf"^\.B {' '.join(words)}(\\fR|$)", page, re.M), words


@pytest.mark.parametrize("page", sorted([*ROOT.glob("build/man/*.[1-9]"), *ROOT.glob("man/*.[1-9]")]), ids=lambda p: p.name)
def test_manual_pages_are_clean(page):
    p = subprocess.run(["mandoc", "-Tlint", str(page)], capture_output=True, text=True)
    assert p.stdout == "" and p.returncode == 0


def complete(*words):
    script = ROOT / "build/packaging/campusdesk.bash-completion"
    quoted = " ".join(f"'{w}'" for w in words)
    p = subprocess.run(["bash", "-uc", f"source '{script}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                        "COMPREPLY=(); _campusdesk; printf '%s\\n' \"${COMPREPLY[@]}\""], capture_output=True, text=True)
    assert p.stderr == ""
    return p.stdout.split()


@pytest.mark.parametrize("words, some, none", [
    (["campusdesk", ""], ["ticket", "why", "init", "backup"], ["retry", "manual"]),
    (["campusdesk", "qu"], ["quarantine"], ["ticket"]),
    (["campusdesk", "-c", "x.conf", "ticket", ""], ["list", "show", "mbox"], ["ticket"]),
    (["campusdesk", "ticket", "list", "--"], ["--view", "--category", "--json"], ["--watch"]),
    (["campusdesk", "ticket", "list", "--view", ""], ["open", "spam", "all"], ["list"]),
    (["campusdesk", "staff", "add", "x@y.example", "--role", "m"], ["manager"], ["staff"]),
    (["campusdesk", "backup", "/us"], ["/usr"], []),
])
def test_completion(words, some, none):
    found = complete(*words)
    assert set(some) <= set(found) and not set(none) & set(found)


# ---- staff, mailbox of a ticket ----

def test_staff_list_has_categories_as_a_list(desk):
    rows = {r["address"]: r for r in desk.json("staff", "list")}
    assert rows["mia@campus.example"]["categories"] == ["it", "services"]
    assert rows["max@campus.example"]["categories"] == []
    assert rows["max@campus.example"]["role"] == "admin"


def test_ticket_as_a_mailbox(desk, tmp_path):
    raw = (b"From: Jo <jo@campus.example>\r\nTo: helpdesk@campus.example\r\nSubject: mbox\r\nMessage-ID: <m1@x.example>\r\n\r\n"
           b"From here on all is dark.\r\n>From there too.\r\nNot From here.\r\nFrom")
    desk.cli("deliver", "--mailbox", "inbox", input=raw)
    number = next(t["number"] for t in desk.tickets() if t["subject"] == "mbox")
    desk.cli("ticket", "reply", number, "From us, \u00e4 lamp.", "--as", "mia@campus.example")
    path = tmp_path / "mbox"
    path.write_bytes(desk.cli("ticket", "mbox", number, input=b"").stdout)
    lines = path.read_bytes().split(b"\n")
    assert b">From here on all is dark." in lines and b">>From there too." in lines and b"Not From here." in lines
    assert lines.count(b"From") == 1
    mails = list(mailbox.mbox(path))
    assert [m["From"] for m in mails] == ["Jo <jo@campus.example>", '"Mia Adler" <mia@campus.example>']
    assert mails[0]["Message-ID"] == "<m1@x.example>"
    assert mails[1].get_payload(decode=True).decode().strip() == "From us, \u00e4 lamp."


# ---- on a terminal ----

def on_terminal(desk, *args, columns=80, rows=24, **env):
    """What a terminal of that size is sent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    known = {k: v for k, v in desk.env.items() if k not in ("NO_COLOR", "PAGER", "LESS")}
    p = subprocess.Popen([PROGRAM, "-c", str(desk.conf), *args], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         env=dict(known, **{"TERM": "xterm", "PAGER": "cat", **env}))
    os.close(slave)
    out = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        out += piece
    os.close(master)
    assert p.wait(20) == 0, out
    return out.decode().replace("\r\n", "\n")


def test_a_mail_as_it_came_gives_a_terminal_no_orders(desk):
    mail = b"From: list@x.example\nSubject: evil\nAuto-Submitted: auto-generated\n\nHello \x1b]0;title\x07\x9b2J\xc2\x9b1m end\n"
    desk.cli("deliver", input=mail)
    item = next(f for f in desk.json("filed", "list") if f["subject"] == "evil")
    seen = on_terminal(desk, "filed", "show", str(item["id"]))
    assert "Hello ?]0;title??2J??1m end" in seen
    assert "\x1b" not in seen and "\x9b" not in seen
    piped = subprocess.run([PROGRAM, "-c", str(desk.conf), "filed", "show", str(item["id"])], capture_output=True, timeout=60,
                           env=desk.env)
    assert piped.stdout == mail


def plain(text):
    return re.sub("\033\\[[0-9;]*m", "", text)


@pytest.fixture(scope="module")
def listed(desk):
    for n, subject in enumerate(("Short", "\u65e5\u672c\u8a9e " * 20, "A long subject " * 10)):
        raw = (f"From: Person {n} <a.rather.long.local.part.{n}@students.example>\r\nTo: helpdesk@campus.example\r\n"
               f"Subject: {subject}\r\nMessage-ID: <l{n}@x.example>\r\n\r\nText.\r\n")
        desk.cli("deliver", input=raw.encode())
    return desk


def columns_of(line):
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in line)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_columns_fit_the_terminal(listed, width):
    lines = plain(on_terminal(listed, "ticket", "list", "--view", "all", columns=width)).splitlines()
    assert lines[0].split()[:2] == ["TICKET", "STATUS"] and len(lines) >= 4
    assert all(columns_of(line) <= width for line in lines)
    at = lines[0].index("SUBJECT")
    assert all(columns_of(line[:at]) == at and line[at - 1] == " " for line in lines)
    assert any("\u2026" in line for line in lines) or width == 160


def test_nothing_is_cut_or_coloured_in_a_pipe(listed):
    out = listed.cli("ticket", "list", "--view", "all").stdout
    assert "\033" not in out and "\u2026" not in out
    assert "A long subject " * 9 in out


def test_colours(listed):
    listed.cli("ticket", "set", "1", "priority=urgent")
    assert "\033[31m#1 " in on_terminal(listed, "ticket", "list", "--view", "all")
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in on_terminal(listed, "ticket", "list", "--view", "all", **env)


def test_pager(listed):
    paged = on_terminal(listed, "ticket", "list", "--view", "all", PAGER="sed s/^/P:/")
    assert all(line.startswith("P:") for line in paged.splitlines())
    assert "P:" not in on_terminal(listed, "--json", "ticket", "list", "--view", "all", PAGER="sed s/^/P:/")
    assert "P:" not in listed.cli("ticket", "list", env={"PAGER": "sed s/^/P:/"}).stdout
    first = on_terminal(listed, "ticket", "list", "--view", "all", PAGER="head -n 1")    # left before the end: no error
    assert len(first.splitlines()) == 1


# ---- a mail explained ----

def fixture(name):
    return str(ROOT / "tests" / "fixtures" / name)


def test_parse_says_what_each_line_is():
    """Without a colour too: the words beside the text say it."""
    lines = run("parse", fixture("reply/plain-commands.eml")).stdout.splitlines()
    kinds = [line.split(" | ")[0].strip() for line in lines if " | " in line]
    assert kinds[0] == "command" and "new" in kinds and set(kinds) <= {"", "command", "new", "quoted", "signature"}
    assert any(re.fullmatch(r"kind +person \(no sign of a machine\)", line) for line in lines)
    assert any(line.startswith("command ") for line in lines)


def test_parse_colours_what_is_new(desk):
    out = on_terminal(desk, "parse", fixture("reply/de-outlook.eml"))
    assert "\033[32m         new | Der Beamer l\u00e4uft wieder, vielen Dank.\033[0m" in out
    assert re.search("\033\\[2m      quoted \\| _+\033\\[0m", out)
    assert "\033" not in on_terminal(desk, "parse", fixture("reply/de-outlook.eml"), NO_COLOR="1")
    assert "\033" not in run("parse", fixture("reply/de-outlook.eml")).stdout


def test_parse_headers_shows_every_field_decoded():
    out = run("parse", "--headers", fixture("reply/de-outlook.eml")).stdout
    assert "From: J\u00fcrgen M\u00fcller <student@uni.example>\n" in out.split("\n\n")[1]
    assert "Content-Transfer-Encoding: base64\n" in out and "vielen Dank" not in out
    bad = "X-Odd: a\tb\x1b[31m\u202ec =?utf-8?q?=1B[2J=0A?= end\nSubject: s\n\ntext\x1b[2J\n"
    out = run("parse", "--headers", input=bad).stdout
    assert "X-Odd: a b\ufffd[31m\ufffdc" in out and "\033" not in out
    assert "\033" not in run("parse", input=bad).stdout


# ---- mail read again ----

def test_reparse(campus):
    d = campus.desk("reparse")
    d.cli("deliver", input=Path(fixture("reply/de-outlook.eml")).read_bytes())
    d.cli("deliver", input=Path(fixture("kind/de-away.eml")).read_bytes())
    assert d.cli("reparse").stdout == "2 mails read again, 0 differ, 0 stored\n"
    store = sqlite3.connect(d.store)                 # as another parser might have left it
    with store:
        store.execute("UPDATE message SET spans = NULL")
        store.execute("UPDATE ledger SET kind = 'person'")
    out = d.cli("reparse").stdout.splitlines()
    assert "#1 message 1: spans" in out and any(" filed: kind person \u2192 auto-reply" in line for line in out)
    assert out[-1] == "2 mails read again, 2 differ, 0 stored; --apply stores what differs"
    assert d.cli("reparse", "--since", "2099-01-01").stdout.startswith("0 mails")
    rows = [json.loads(line) for line in d.cli("reparse", "--json").stdout.splitlines()]
    assert {(r["ticket"], tuple(r["changes"]), r["stored"]) for r in rows} == {(1, ("spans",), False), (None, ("kind",), False)}
    assert store.execute("SELECT count(*) FROM message WHERE spans IS NULL").fetchone() == (1,)
    d.cli("reparse", "--apply")
    assert "signature" in store.execute("SELECT spans FROM message").fetchone()[0]
    store.close()
    event = [json.loads(line) for line in d.cli("audit", "show", "--ticket", "1", "--json").stdout.splitlines()][-1]
    assert (event["action"], event["field"], event["new"], event["because"]) == ("reparsed", "message", "1", "read by a newer parser")
    d.cli("audit", "verify")
    assert d.cli("reparse").stdout.endswith("2 mails read again, 1 differ, 0 stored; --apply stores what differs\n")
    assert d.cli("reparse", "--since", "yesterday", check=False).returncode == 64


def test_an_empty_list_says_so_on_a_terminal_only(listed):
    assert "nothing is in quarantine" in on_terminal(listed, "quarantine", "list")
    assert listed.cli("quarantine", "list").stdout == ""


def test_deliver_with_a_broken_configuration_keeps_the_mail_with_the_mta(desk, tmp_path):
    conf = tmp_path / "broken.conf"
    conf.write_text(desk.conf.read_text() + "nonsense = 1;\n")
    p = subprocess.run([PROGRAM, "-c", conf, "deliver"], input=b"From: a@b.example\r\n\r\nx\r\n", capture_output=True)
    assert p.returncode == 75 and b"nonsense" in p.stderr


# ---- init: from nothing to a desk that works ----

def init(conf, *args, answers=None):
    """With answers: at a terminal, one after each question."""
    argv = [PROGRAM, "-c", str(conf), "init", *map(str, args)]
    if answers is None:
        return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    pid, master = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, dict(os.environ, TERM="dumb"))
    out = b""
    for answer in [*answers, None]:
        while answer is None or not out.rstrip(b" ").endswith(b":"):
            try:
                piece = os.read(master, 4096)
            except OSError:
                piece = b""
            if not piece:
                break
            out += piece
        if answer is not None:
            out += b"|"
            os.write(master, answer.encode() + b"\n")
    os.close(master)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), out.decode().replace("\r\n", "\n")


def server_options(campus):
    secret = campus.folder / "init.secret"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    return ["--smtp", f"smtp://localhost:{campus.postfix.port}", "--ca-file", campus.authority.ca], secret


def test_init_without_a_terminal(campus, tmp_path):
    conf = tmp_path / "not" / "there" / "desk.conf"
    servers, secret = server_options(campus)
    p = init(conf, "--address", "helpdesk@campus.example", "--imap", f"imaps://localhost:{campus.dovecot.imaps}/INBOX",
             "--user", "helpdesk", "--password-file", secret, "--admin", "mia@campus.example", *servers)
    assert p.returncode == 0, p.stdout + p.stderr
    assert "wrong" not in p.stdout and "Next: " in p.stdout
    rows = subprocess.run([PROGRAM, "-c", conf, "--json", "staff", "list"], capture_output=True, text=True).stdout
    assert json.loads(rows)["role"] == "admin"
    again = init(conf, "--address", "x@campus.example", "--imap", "", "--admin", "mia@campus.example")
    assert again.returncode == 1 and "is there already" in again.stderr


@pytest.mark.parametrize("leave", ["--address", "--imap", "--admin"])
def test_init_says_what_it_needs(tmp_path, leave):
    given = {"--address": "helpdesk@campus.example", "--imap": "", "--admin": "mia@campus.example"}
    p = init(tmp_path / "desk.conf", *[x for k, v in given.items() if k != leave for x in (k, v)])
    assert p.returncode == 64 and leave in p.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option, value", [("--address", "helpdesk"), ("--imap", "mail.campus.example"),
                                           ("--imap", "http://mail.campus.example/INBOX"), ("--admin", "x")])
def test_init_refuses_what_is_wrong(tmp_path, option, value):
    p = init(tmp_path / "desk.conf", option, value)
    assert p.returncode == 64 and f"{option}:" in p.stderr and "would be right" in p.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_asks_six_questions(campus, tmp_path):
    conf = tmp_path / "desk.conf"
    servers, _ = server_options(campus)
    code, said = init(conf, *servers, answers=["helpdesk", "helpdesk@campus.example", "",
                      f"imaps://localhost:{campus.dovecot.imaps}/INBOX", "helpdesk", PASSWORD, "mia@campus.example"])
    assert code == 0, said
    assert "not a mail address: NAME@DOMAIN would be right" in said
    assert PASSWORD not in said                                     # nothing of it is echoed
    assert 'name = "Campus Helpdesk";' in conf.read_text()          # Enter took what was shown
    assert PASSWORD not in conf.read_text()
    secret = tmp_path / "mail.secret"
    assert secret.read_text().strip() == PASSWORD and secret.stat().st_mode & 0o777 == 0o600


def test_init_that_ends_at_the_password_leaves_a_terminal_that_shows_what_is_typed(tmp_path):
    main, side = pty.openpty()
    p = subprocess.Popen([PROGRAM, "-c", tmp_path / "desk.conf", "init", "--address", "helpdesk@campus.example", "--name", "X",
                          "--imap", "imaps://localhost:1/INBOX", "--user", "helpdesk", "--admin", "mia@campus.example"],
                         stdin=side, stdout=side, stderr=side)

    def echoes():
        return bool(termios.tcgetattr(side)[3] & termios.ECHO)
    try:
        wait_for(lambda: not echoes(), 20, "the password to be asked for")
        p.send_signal(signal.SIGINT)
        assert p.wait(20) == -signal.SIGINT and echoes()
    finally:
        p.kill()
        os.close(main)
        os.close(side)


def test_init_says_how_to_check_what_it_wrote(tmp_path):
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o600)
    p = init(tmp_path / "desk.conf", "--address", "helpdesk@campus.example", "--imap", "imaps://localhost:1/INBOX", "--user",
             "helpdesk", "--password-file", tmp_path / "password", "--admin", "mia@campus.example")
    assert p.returncode == 69 and f"`campusdesk -c {tmp_path}/desk.conf check`" in p.stdout


def test_an_option_given_twice_is_called_that(desk):
    for twice in (["-c", desk.conf], ["--json", "--json"], ["--view", "open", "--view", "all"]):
        p = desk.cli("ticket", "list", *twice, check=False)
        assert p.returncode == 64 and f"{twice[0]} is given twice" in p.stderr, p.stderr


def test_a_field_that_was_empty_was_none(desk):
    number = desk.cli("ticket", "new", "--from", "jo@students.example", "--subject", "Lamp", "Dark.").stdout.strip()
    desk.cli("ticket", "set", number, "location=B-301")
    assert "location from none to B-301" in desk.cli("why", number).stdout
    assert "location: none \u2192 B-301" in desk.cli("audit", "show").stdout
    desk.cli("ticket", "set", number, "location=")
    assert "location from B-301 to none" in desk.cli("why", number).stdout


def test_json_is_one_object_a_line(desk):
    for line in desk.cli("--json", "ticket", "list", "--view", "all").stdout.splitlines():
        assert json.loads(line)["number"] > 0
