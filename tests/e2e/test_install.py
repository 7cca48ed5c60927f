"""`make install`: where things go, and that programs which run from there need nothing of the tree they came from."""
import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from campus import BIN, ROOT, body, wait_for

UNITS = ROOT / "packaging" / "systemd"
LAYOUTS = {"usr": ["prefix=/usr"], "local": []}
# as a maintainer's script may have it, and as `make test` itself has it
STRANGE = dict(os.environ, mandir="/elsewhere/man", unitdir="/elsewhere/units")


def make_install(dest, layout):
    return subprocess.run(["make", "-s", "install", f"DESTDIR={dest}", *LAYOUTS[layout]], cwd=ROOT, check=True,
                          capture_output=True, text=True, env=STRANGE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    dest = tmp_path_factory.mktemp("dest")
    make_install(dest, "usr")
    return dest


def test_install_is_complete(installed):
    for program in BIN.iterdir():
        assert [p for p in installed.rglob(program.name) if os.access(p, os.X_OK) and p.is_file()], program
    for path in ("usr/share/man/man1/campusdesk.1", "usr/share/man/man5/campusdesk.conf.5", "usr/share/man/man8/campusdeskd.8",
                 "usr/share/bash-completion/completions/campusdesk", "usr/lib/sysusers.d/campusdesk.conf",
                 "usr/share/campusdesk/templates/mail/en_US/replied.txt.mustache", "usr/lib/systemd/system/campusdeskd.service",
                 "usr/share/doc/campusdesk/campusdesk.conf.sample", "etc/campusdesk/credentials", "usr/share/doc/campusdesk/README.md",
                 "usr/share/doc/campusdesk/docs/reverse-proxies.md", "usr/share/campusdesk/static/campusdesk.css"):
        assert (installed / path).exists(), path
    shown = subprocess.run([installed / "usr/bin/campusdesk", "--version"], capture_output=True, text=True)
    assert shown.stdout.startswith("campusdesk ")


def test_another_prefix_alone_builds_nothing(installed, tmp_path):
    """`make`, then `sudo make install prefix=/usr`: root's compiler need not run."""
    before = {p: p.stat().st_mtime_ns for p in BIN.iterdir()}
    assert make_install(tmp_path, "local").stdout == ""
    assert {p: p.stat().st_mtime_ns for p in BIN.iterdir()} == before


def test_manual_names_the_places(tmp_path):
    make_install(tmp_path / "usr", "usr")
    make_install(tmp_path / "local", "local")
    for dest, prefix in (("usr", "usr"), ("local", "usr/local")):
        page = (tmp_path / dest / prefix / "share/man/man5/campusdesk.conf.5").read_text()
        assert set(re.findall(r"/usr[a-z/]*/share/doc/campusdesk", page)) == {f"/{prefix}/share/doc/campusdesk"}


def place(dest, layout, name):
    prefix = dest / {"usr": "usr", "local": "usr/local"}[layout]
    return prefix / {"campusdesk": "bin/campusdesk", "campusdeskd": "sbin/campusdeskd",
                     "campusdesk-web": "sbin/campusdesk-web",
                     "campusdesk-parse": "libexec/campusdesk/campusdesk-parse",
                     "templates": "share/campusdesk/templates", "style": "share/campusdesk/static/campusdesk.css"}[name]


@contextlib.contextmanager
def running(folder, desk, *argv):
    """The daemon of argv on this desk, from ready to a clean end."""
    log = folder / f"{Path(argv[-1]).name}.log"
    with open(log, "wb") as out:
        daemon = subprocess.Popen([*map(str, argv), "-c", str(desk.conf)], stderr=out, stdout=out)
    try:
        wait_for(lambda: b" ready" in log.read_bytes() or daemon.poll() is not None, 20, "ready")
        assert daemon.poll() is None, log.read_text()
        yield daemon
    finally:
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(15)
    assert code == 0, log.read_text()


def web_desk(campus, name):
    """A desk with a web view, and what fetches a page of it."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    desk = campus.desk(name, settings=f'web = {{ listen = "127.0.0.1:{port}"; }};', url=f"http://127.0.0.1:{port}")

    def page(path):
        with urllib.request.urlopen(desk.url + path, timeout=10) as r:
            return r.read().decode()
    return desk, page


def acknowledged(campus, subject):
    """One mail in; the text of its acknowledgement."""
    before = len(campus.jo.inbox())
    campus.jo.send(subject, "It is dark in Library 2.14.\n")
    campus.jo.wait_mail(before + 1, 30)
    return body(campus.jo.inbox()[-1])


def children(pid):
    """The programs that the threads of this process have started."""
    of_threads = [p.read_text().split() for p in Path(f"/proc/{pid}/task").glob("*/children")]
    return {os.readlink(f"/proc/{child}/exe") for child in sum(of_threads, [])}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_installed_programs_find_each_other(fresh, tmp_path, layout):
    """The parser and the templates that are used are those of the same installation, whatever the prefix was when they were compiled."""
    make_install(tmp_path, layout)
    acknowledgement = place(tmp_path, layout, "templates") / "mail/en_US/acknowledged.txt.mustache"
    acknowledgement.write_text(acknowledgement.read_text() + "\nSent by what was installed.\n")
    desk = fresh.desk(f"installed-{layout}")
    cli = [str(place(tmp_path, layout, "campusdesk")), "-c", str(desk.conf)]
    with running(tmp_path, desk, place(tmp_path, layout, "campusdeskd")) as daemon:
        assert "Sent by what was installed." in acknowledged(fresh, f"No light {layout}")
        assert children(daemon.pid) == {str(place(tmp_path, layout, "campusdesk-parse"))}
        checked = subprocess.run([*cli, "check"], capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    raw = b"From: jo@campus.example\nSubject: x\n\nHello\n"
    parsed = subprocess.run([cli[0], "parse", "--json"], input=raw, capture_output=True, timeout=30)
    assert parsed.returncode == 0 and b'"subject":"x"' in parsed.stdout
    place(tmp_path, layout, "campusdesk-parse").unlink()
    assert subprocess.run([cli[0], "parse"], input=raw, capture_output=True, timeout=30).returncode != 0


# ---- units ----

@functools.cache
def system_calls(name):
    """What a name in SystemCallFilter= stands for."""
    if not name.startswith("@"):
        return {name}
    p = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    words = [line.strip() for line in p.stdout.splitlines()[1:]]
    return set().union(*[system_calls(w) for w in words if w and not w.startswith("#")])


def allowed(unit):
    """The system calls that a service of this unit may use, as systemd reads it."""
    calls = set()
    for words in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.M):
        named = set().union(*[system_calls(w) for w in words.lstrip("~").split()])
        calls = calls - named if words.startswith("~") else calls | named
    return calls


def test_units_are_sound(installed):
    for base in ("sysinit.target", "basic.target", "network-online.target", "shutdown.target", "multi-user.target",
                 "network.target", "-.mount", "system.slice"):
        for folder in ("/lib/systemd/system", "/usr/lib/systemd/system"):
            source = Path(folder) / base
            if source.exists():
                shutil.copy(source, installed / "usr/lib/systemd/system" / base)
                break
    (installed / "bin").mkdir(exist_ok=True)
    shutil.copy("/bin/kill", installed / "bin/kill")
    for unit in sorted((installed / "usr/lib/systemd/system").glob("campusdesk*.service")):
        name = unit.name.replace("@.", "@physics.")
        p = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={installed}", name], capture_output=True, text=True)
        bad = [line for line in p.stderr.splitlines() if "campusdesk" in line]
        assert bad == [], unit


@pytest.mark.parametrize("unit", sorted(u.name for u in UNITS.glob("*.service")))
def test_units_are_confined(unit):
    """What systemd itself thinks of it: 0 is best, 10 worst."""
    p = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", UNITS / unit],
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stdout


def test_units_of_several_desks_differ_in_places_only():
    for one in UNITS.glob("*[!@].service"):
        many = (UNITS / one.name.replace(".service", "@.service")).read_text()
        assert "%i" in many
        many = many.replace("/%i.conf", "/campusdesk.conf").replace("/%i", "").replace("@%i", "").replace(" (desk %i)", "")
        assert many == one.read_text()


def filtered(folder, program):
    """How to start it as its unit would."""
    # for root SQLite sets the owner of its files; for the unit's user it does not
    own = {"fchown"} if os.geteuid() == 0 else set()
    names = folder / f"{program}.names"
    names.write_text("".join(c + "\n" for c in sorted(own | allowed(UNITS / f"{program}.service"))))
    return [ROOT / "build" / "release" / "tests" / "under_filter", names, BIN / program]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_installed_web_view_finds_its_files(fresh, tmp_path, layout):
    make_install(tmp_path, layout)
    style = place(tmp_path, layout, "style")
    style.write_text(style.read_text() + "/* of what was installed */")
    desk, page = web_desk(fresh, "installed")
    with running(tmp_path, desk, place(tmp_path, layout, "campusdeskd")):
        with running(tmp_path, desk, place(tmp_path, layout, "campusdesk-web")):
            sheet = re.search(r'href="([^"]*\.css[^"]*)"', page("/report")).group(1)
            assert "of what was installed" in page(sheet)
            assert page("/healthz") == "ok\n"


def test_programs_work_under_the_filter_of_their_units(fresh, tmp_path):
    desk, page = web_desk(fresh, "filtered")
    with running(tmp_path, desk, *filtered(tmp_path, "campusdeskd")), running(tmp_path, desk, *filtered(tmp_path, "campusdesk-web")):
        assert "has the number #1." in acknowledged(fresh, "No light here")
        assert "Campus Helpdesk" in page("/report") and page("/healthz") == "ok\n"
