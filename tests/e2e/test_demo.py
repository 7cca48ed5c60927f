"""The demo of the README: its story holds, and leaves nothing behind."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from campus import ROOT, wait_for


@pytest.fixture
def tmp():
    """A short path: sockets lie below it. Empty when the demo has ended."""
    folder = tempfile.mkdtemp(prefix="demo-", dir="/tmp")
    os.chmod(folder, 0o755)  # Postfix has a user of its own
    yield folder
    os.rmdir(folder)


def demo(*args, tmp, **kw):
    return subprocess.Popen([sys.executable, "-B", str(ROOT / "tools" / "demo.py"), *args], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=dict(os.environ, TMPDIR=tmp), start_new_session=True, **kw)


def test_once(tmp):
    p = demo("--once", tmp=str(tmp))
    out, _ = p.communicate(timeout=180)
    assert p.returncode == 0, out[-3000:]
    assert "All went well" in out and "\033" not in out


def test_stays_until_interrupted(tmp):
    p = demo(tmp=str(tmp))
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(p.stdout), daemon=True)
    reader.start()
    wait_for(lambda: any("Ctrl-C" in line for line in lines) or p.poll() is not None, 180, "the hints")
    assert p.poll() is None, "".join(lines)[-3000:]
    assert len([line for line in lines if "/login/" in line]) == 4
    conf = next(Path(tmp).glob("*/desk/campusdesk.conf"))
    shown = subprocess.run([str(ROOT / "build/bin/campusdesk"), "-c", str(conf), "ticket", "list"], capture_output=True, text=True)
    assert shown.returncode == 0 and "Projector" in shown.stdout
    p.send_signal(signal.SIGINT)
    assert p.wait(60) == 0
    reader.join(10)
