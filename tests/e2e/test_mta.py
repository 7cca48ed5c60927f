"""Mail piped in by Postfix, set up as docs/postfix-dovecot.md says."""
import os
import pwd
import shutil
import subprocess

import pytest

import campus as c


@pytest.fixture
def piped(fresh):
    """A desk without a mailbox, whose mail Postfix hands to `campusdesk deliver`, not as root."""
    user = pwd.getpwnam("nobody")
    shutil.copytree(c.BIN, fresh.folder / "program" / "bin")
    shutil.copytree(c.ROOT / "templates", fresh.folder / "templates")
    desk = fresh.desk("piped")
    desk.staff("mia@campus.example", "Mia Adler")
    for path in (desk.folder, *desk.folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    etc = fresh.postfix.etc
    with open(etc / "master.cf", "a") as f:
        f.write("campusdesk unix - n n - 4 pipe\n"
                f"  flags=DRhu user=nobody argv={fresh.folder}/program/bin/campusdesk -c {desk.conf} deliver --mailbox inbox\n")
    with open(etc / "main.cf", "a") as f:
        f.write("transport_maps = inline:{ helpdesk@campus.example=campusdesk: }\nminimal_backoff_time = 1s\n"
                "queue_run_delay = 1s\n")
    subprocess.run(["/usr/sbin/postfix", "-c", str(etc), "reload"], check=True, capture_output=True)
    return desk


def test_mail_piped_in(fresh, piped):
    fresh.jo.send("Piped in", "No light in Library 2.14.\n")
    ticket = piped.wait_tickets(1)[0]
    assert ticket["subject"] == "Piped in" and ticket["requester"]["address"] == fresh.jo.address
    assert piped.show(ticket["number"])["messages"][0]["text"].startswith("No light")


def test_an_answer_to_a_token_is_piped_in_too(fresh, piped):
    fresh.jo.send("First", "No light.\n", to="helpdesk+it@campus.example")
    assert piped.wait_tickets(1)[0]["category"] == "it"


def test_postfix_keeps_what_cannot_be_taken(fresh, piped):
    """A configuration that somebody broke: nothing bounces, and all is there when it is mended."""
    good = piped.conf.read_text()
    piped.conf.write_text(good + "nonsense = 1;\n")
    fresh.jo.send("Kept", "No light.\n")
    queue = ["/usr/sbin/postqueue", "-c", str(fresh.postfix.etc), "-j"]
    c.wait_for(lambda: b"temporary failure" in subprocess.run(queue, capture_output=True).stdout, what="a deferred mail")
    piped.conf.write_text(good)
    subprocess.run(["/usr/sbin/postqueue", "-c", str(fresh.postfix.etc), "-f"], check=True)
    assert piped.wait_tickets(1)[0]["subject"] == "Kept"
    assert fresh.jo.inbox() == []                       # no bounce
