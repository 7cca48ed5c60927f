"""Slack as a door of the desk: what it pushes, what is posted there, and what people do in threads.
The other side is slack_server.Slack."""
import http.client
import json
import sqlite3
import time

import pytest

from campus import PASSWORD, wait_for, wait_port
from slack_server import BOT, TEAM, Slack, sign

names = iter(f"slack{n}" for n in range(1000))
IT, FAC = "C0IT", "C0FAC"
MAIL, TAKE, GONE, CLOSE = "email", "eyes", "incoming_envelope", "white_check_mark"


@pytest.fixture
def slack(campus):
    s = Slack()
    s.channel(IT)
    s.channel(FAC)
    s.user("U0MIA", "mia@campus.example")
    s.user("U0MAX", "max@campus.example")
    s.user("U0JO", "jo@students.example")
    s.user("U0EVE", None)
    yield s
    for desk in campus.desks:
        desk.kill()
    s.stop()


def private(desk, name, text):
    path = desk.folder / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def make(campus, slack, start=True, say="ask", undo=0, settings="", mode="events"):
    d = campus.desk(next(names))
    token, secret = private(d, "bot", slack.token), private(d, "signing", slack.secret)
    d.write(f"""
category = {{ it = {{ title = "IT"; keywords = [ "wifi" ]; chat = "slack:{IT}"; chat-thread = "{say}"; }};
  facilities = {{ title = "Facilities"; keywords = [ "heating" ]; chat = "slack:{FAC}"; chat-thread = "{say}"; }}; }};
slack = {{ bot-token-file = "{token}"; signing-secret-file = "{secret}"; api = "{slack.api}"; mode = "{mode}"; }};
webhook = {{ listen = "127.0.0.1:{slack.app_port}"; }};
chat-undo-seconds = {undo};
{settings}
""", mailboxes=f'inbox = {{ imap = "imap://localhost:{campus.dovecot.imap}/INBOX"; poll-interval = 1; {d.server()} }};')
    d.staff("mia@campus.example", "Mia Adler", mail="none")
    d.staff("max@campus.example", "Max Braun", mail="none")
    if start:
        d.start()
        if mode == "events":
            wait_port(slack.app_port)
        wait_for(lambda: d.logged("connected"), what="the mailbox")
    return d


def roots(slack, channel=IT):
    return [m for m in slack.messages(channel) if "thread_ts" not in m and m["user"] == BOT]


def wait_root(slack, channel=IT, count=1, seconds=20):
    return wait_for(lambda: (lambda r: r if len(r) >= count else None)(roots(slack, channel)), seconds, f"{count} cards")[-1]


def texts(message):
    """Everything people read of it."""
    out = [message["text"]]
    for block in message.get("blocks", []):
        if isinstance(block.get("text"), dict):
            out.append(block["text"]["text"])
    return "\n".join(out)


def wait_said(slack, root, what, channel=IT, seconds=20):
    return wait_for(lambda: next((m for m in slack.messages(channel, root["ts"]) if what in texts(m)), None), seconds,
                    f"{what!r} in the thread")


def post(slack, path, body, headers=None, method="POST"):
    c = http.client.HTTPConnection("127.0.0.1", slack.app_port, timeout=15)
    try:
        c.request(method, path, body, headers or {})
        r = c.getresponse()
        return r.status, r.read()
    finally:
        c.close()


# ---- what is pushed ----

def test_signatures_and_checks(campus, slack):
    make(campus, slack)
    verify = json.dumps({"type": "url_verification", "challenge": "c-42", "token": "x"}).encode()
    json_type = {"Content-Type": "application/json"}
    good = {**json_type, **sign(slack.secret, verify)}
    assert post(slack, "/slack/events", verify, good) == (200, b'{"challenge":"c-42"}')
    assert post(slack, "/slack/events", verify, json_type)[0] == 401
    assert post(slack, "/slack/events", verify + b" ", good)[0] == 401
    assert post(slack, "/slack/events", verify, {**json_type, **sign("wrong", verify)})[0] == 401
    assert post(slack, "/slack/events", verify, {**json_type, **sign(slack.secret, verify, time.time() - 310)})[0] == 401
    assert post(slack, "/slack/events", verify, {**json_type, **sign(slack.secret, verify, time.time() + 310)})[0] == 401
    assert post(slack, "/slack/events", verify, {**json_type, **sign(slack.secret, verify, time.time() - 290)})[0] == 200
    upper = sign(slack.secret, verify)
    upper["X-Slack-Signature"] = "v0=" + upper["X-Slack-Signature"][3:].upper()
    assert post(slack, "/slack/events", verify, {**json_type, **upper})[0] == 401
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/slack/command", "/slack/interact"):
        assert post(slack, path, b"ssl_check=1&token=x", form)[0] == 200
        assert post(slack, path, b"payload=%7B%7D&text=x", form)[0] == 401
    assert post(slack, "/slack/events", b"ssl_check=1", form)[0] == 401
    assert post(slack, "/slack/events", b"", method="GET")[0] == 405
    assert post(slack, "/elsewhere", verify, good)[0] == 404
    junk = b'{"type":' * 100000
    assert post(slack, "/slack/events", junk, {**json_type, **sign(slack.secret, junk)})[0] == 400


def test_too_much_is_refused(campus, slack):
    d = make(campus, slack)
    big = b"x" * (10 << 20)
    status, _ = post(slack, "/slack/events", big, sign(slack.secret, big))
    assert status == 413
    assert d.process.poll() is None


def test_no_answer_before_the_commit(campus, slack):
    """503 after 2.5 s while the store is locked; then the event is taken, once."""
    d = make(campus, slack)
    event = {"type": "message", "channel": IT, "user": "U0EVE", "text": "hello", "ts": slack.ts()}
    body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": "Ev0LOCKED", "event": event}).encode()
    lock = sqlite3.connect(d.store, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    status, _ = slack.push("/slack/events", body)
    took = time.monotonic() - began
    answer = slack.command("U0MIA", "the store is locked")
    lock.execute("ROLLBACK")
    lock.close()
    assert status == 503 and 2.3 < took < 3.0
    assert answer[0] == 200 and b"try again" in answer[1] and b"ephemeral" in answer[1]
    assert slack.push("/slack/events", body)[0] == 200
    assert slack.push("/slack/events", body)[0] == 200


# ---- what is posted ----

def test_card_thread_update(campus, slack):
    d = make(campus, slack)
    campus.jo.send("No wifi <!channel>", "The *wifi* in <!here> & the library is <@U0MIA> down.")
    card = wait_root(slack)
    assert "#1 " in texts(card) and "Jo Doe" in texts(card)
    assert "<!" not in card["text"] and "&lt;!channel&gt;" in card["text"]
    assert all(b["text"]["type"] == "plain_text" for b in card["blocks"] if "text" in b)
    actions = [e["action_id"] for b in card["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert actions == ["take", "close", "category", "open"]
    assert card["metadata"]["event_type"] == "campusdesk_post"
    d.cli("ticket", "note", "1", "an inner word")
    said = wait_said(slack, card, "an inner word")
    assert said["thread_ts"] == card["ts"]
    d.cli("ticket", "take", "1", "--as", "mia@campus.example")
    wait_for(lambda: "Mia Adler" in texts(slack.find(IT, card["ts"])), what="the assignee on the card")
    assert len(roots(slack)) == 1


def test_moved(campus, slack):
    d = make(campus, slack)
    campus.jo.send("wifi", "It is the heating, not the wifi")
    card = wait_root(slack, IT)
    d.cli("ticket", "set", "1", "category=facilities")
    wait_root(slack, FAC)
    wait_for(lambda: "Facilities" in texts(slack.find(IT, card["ts"])), what="the pointer")


@pytest.mark.parametrize("fault", ["drop", "refuse", 500, 429, "invalid_blocks"])
def test_posted_once_whatever_happens(campus, slack, fault):
    """An answer that does not come is no reason to post twice: the post is looked for first."""
    make(campus, slack)
    slack.fault("chat.postMessage", fault)
    campus.jo.send("No wifi", "at all")
    wait_root(slack)
    time.sleep(1.5)
    assert len(roots(slack)) == 1
    if fault == "drop":
        assert slack.called("conversations.history")


def test_killed_while_posting(campus, slack):
    """The daemon ends between the post and writing down that it was posted."""
    d = make(campus, slack)
    slack.fault("chat.postMessage", "slow")
    campus.jo.send("No wifi", "at all")
    wait_root(slack)
    d.kill()
    d.start()
    wait_for(lambda: slack.called("conversations.history"), what="a look")
    d.cli("ticket", "note", "1", "after the kill")
    wait_said(slack, roots(slack)[0], "after the kill")
    assert len(roots(slack)) == 1


def test_slack_away_does_not_hold_up_mail(campus, slack):
    d = make(campus, slack)
    slack.stop()
    campus.jo.send("No wifi", "at all")
    d.wait_tickets(1)
    before = len(campus.jo.inbox())
    wait_for(lambda: len(campus.jo.inbox()) >= before, what="the acknowledgement")
    slack.start()
    wait_root(slack, seconds=40)


def test_secrets_stay(campus, slack):
    d = make(campus, slack)
    slack.fault("chat.postMessage", "invalid_auth", "missing_scope")
    campus.jo.send("No wifi", "at all")
    wait_root(slack, seconds=30)
    log = d.log.read_text()
    assert slack.token not in log and slack.secret not in log and PASSWORD not in log
