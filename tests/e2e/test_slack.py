"""Slack as a door of the desk: what it pushes, what is posted there, and what people do in threads.
The other side is slack_server.Slack."""
import http.client
import json
import os
import random
import socket
import sqlite3
import threading
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


def wait_root(slack, channel=IT, count=1, seconds=60):
    return wait_for(lambda: (lambda r: r if len(r) >= count else None)(roots(slack, channel)), seconds, f"{count} cards")[-1]


def texts(message):
    """Everything people read of it."""
    out = [message["text"]]
    for block in message.get("blocks", []):
        if isinstance(block.get("text"), dict):
            out.append(block["text"]["text"])
    return "\n".join(out)


def wait_said(slack, root, what, channel=IT, seconds=60):
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


# ---- what people do ----

def marks(slack, ts, channel=IT):
    return {k for k, v in slack.find(channel, ts).get("reactions", {}).items() if BOT in v}


def wait_mark(slack, ts, name, there=True, channel=IT, seconds=60):
    wait_for(lambda: (name in marks(slack, ts, channel)) == there, seconds, f"mark {name}: {there}")


def open_ticket(campus, slack, d, subject="No wifi", text="at all"):
    """One ticket, acknowledged, and its card."""
    before = len(campus.jo.inbox())
    campus.jo.send(subject, text)
    card = wait_root(slack)
    campus.jo.wait_mail(before + 1)
    return card, before + 1


def assignee(d, number=1):
    who = d.show(number)["assignee"]
    return who and who["address"]


def test_ask_click_send_reply(campus, slack):
    """Mail, card, staff writes, a click, mail that threads, the student's reply in the thread."""
    d = make(campus, slack)
    card, n = open_ticket(campus, slack, d)
    ts = slack.say("U0MIA", IT, "Please try again & tell <us>.", card["ts"])
    wait_mark(slack, ts, MAIL)
    wait_for(lambda: slack.said_to, what="the buttons")
    time.sleep(1.5)
    assert len(campus.jo.inbox()) == n, "nothing leaves before the click"
    slack.react("U0MIA", IT, ts, MAIL)
    mail = campus.jo.wait_mail(n + 1)[-1]
    assert "Please try again & tell <us>." in mail.get_body(("plain",)).get_content()
    assert "Mia Adler via Campus Helpdesk" in mail["From"]
    wait_mark(slack, ts, GONE)
    wait_mark(slack, ts, MAIL, False)
    assert assignee(d) == "mia@campus.example"
    campus.jo.reply(mail, "It works, thank you. Or does it?")
    wait_said(slack, card, "It works, thank you. Or does it?")


def test_buttons(campus, slack):
    d = make(campus, slack)
    card, n = open_ticket(campus, slack, d)
    assert slack.click("U0MIA", IT, card["ts"], "take", "1")[0] == 200
    wait_for(lambda: assignee(d) == "mia@campus.example", what="take")
    ts = slack.say("U0MIA", IT, "Which room?", card["ts"])
    user, channel, prompt = wait_for(lambda: slack.said_to and slack.said_to[-1], what="the buttons")
    assert (user, channel, prompt["thread_ts"]) == ("U0MIA", IT, card["ts"])
    send, send_wait = prompt["blocks"][1]["elements"]
    assert (send["text"]["text"], send_wait["text"]["text"]) == ("Send", "Send & wait")
    slack.click("U0MIA", IT, card["ts"], send_wait["action_id"], send_wait["value"])
    mail = campus.jo.wait_mail(n + 1)[-1]
    assert "Which room?" in mail.get_body(("plain",)).get_content()
    assert "!status" not in mail.get_body(("plain",)).get_content()
    wait_for(lambda: d.show(1)["status"] == "waiting", what="waiting")
    wait_mark(slack, ts, GONE)
    slack.click("U0MIA", IT, card["ts"], "category", selected="1:facilities")
    wait_for(lambda: d.show(1)["category"] == "facilities", what="the category")
    moved = wait_root(slack, FAC)
    slack.click("U0MAX", FAC, moved["ts"], "close", "1")
    wait_for(lambda: d.show(1)["status"] == "closed", what="closed")


def test_marks_take_close_and_back(campus, slack):
    d = make(campus, slack)
    card, _ = open_ticket(campus, slack, d)
    slack.react("U0MIA", IT, card["ts"], TAKE)
    wait_for(lambda: assignee(d) == "mia@campus.example", what="taken")
    slack.react("U0MIA", IT, card["ts"], TAKE, False)
    wait_for(lambda: assignee(d) is None, what="given back")
    slack.react("U0MAX", IT, card["ts"], CLOSE)
    wait_for(lambda: d.show(1)["status"] == "closed", what="closed")
    slack.react("U0MAX", IT, card["ts"], CLOSE, False)
    wait_for(lambda: d.show(1)["status"] != "closed", what="reopened")


def test_undo(campus, slack):
    """Within the time for second thoughts an edit changes the mail, deleting stops it."""
    d = make(campus, slack, say="reply", undo=4)
    card, n = open_ticket(campus, slack, d)
    first = slack.say("U0MIA", IT, "The frist words", card["ts"])
    time.sleep(1)
    slack.edit(IT, first, "The first words")
    mail = campus.jo.wait_mail(n + 1)[-1]
    assert "The first words" in mail.get_body(("plain",)).get_content()
    wait_mark(slack, first, GONE)
    slack.edit(IT, first, "Too late")
    wait_for(lambda: len(slack.messages(IT, card["ts"])) > 1, what="a word on the late edit")
    second = slack.say("U0MIA", IT, "Never to be seen", card["ts"])
    time.sleep(1)
    slack.delete(IT, second)
    time.sleep(6)
    assert len(campus.jo.inbox()) == n + 1


def test_never_out(campus, slack):
    d = make(campus, slack, say="reply")
    card, n = open_ticket(campus, slack, d)
    for words in ("/close it", "//", "note: between us", "!note between us, too", "!clsoe it"):
        slack.say("U0MIA", IT, words, card["ts"])
    slack.say("U0MIA", IT, "waves", card["ts"], subtype="me_message")
    wait_for(lambda: sum(m["visibility"] == "note" for m in d.show(1)["messages"]) == 2, what="two notes")
    slack.say("U0MIA", IT, "!priority high", card["ts"])
    wait_for(lambda: d.show(1)["priority"] == "high", what="a command")
    time.sleep(2)
    assert len(campus.jo.inbox()) == n


def test_nobodies(campus, slack):
    """What strangers, guests, apps, deleted users and students say, mark and click does nothing."""
    d = make(campus, slack, say="reply")
    card, n = open_ticket(campus, slack, d)
    slack.user("U0GUEST", "max@campus.example", is_restricted=True)
    slack.user("U0GONE", "max@campus.example", deleted=True)
    slack.user("U0APP", "max@campus.example", is_bot=True)
    slack.user("U0LIAR", "max@campus.example", is_email_confirmed=False)
    slack.user("U0OTHER", "max@campus.example", team_id="T0OTHER")
    for user in ("U0GUEST", "U0GONE", "U0APP", "U0LIAR", "U0OTHER", "U0EVE", "U0JO", "U0NOBODY"):
        slack.say(user, IT, f"words of {user}", card["ts"])
        slack.react(user, IT, card["ts"], TAKE)
        assert slack.click(user, IT, card["ts"], "close", "1")[0] == 200
    slack.say("U0MAX", IT, "posted by an app", card["ts"], bot_id="B0ELSE", subtype="bot_message")
    slack.event({"type": "message", "channel": IT, "user": "U0MAX", "text": "of elsewhere", "ts": slack.ts(),
                 "thread_ts": card["ts"]}, team="T0OTHER")
    slack.say("U0MAX", IT, "!priority low", card["ts"])
    wait_for(lambda: d.show(1)["priority"] == "low", what="staff's word behind them all")
    shown = d.show(1)
    assert (shown["status"], assignee(d)) == ("open", None)
    assert len(shown["messages"]) == 1 and len(campus.jo.inbox()) == n


def test_known_by_id_not_by_address(campus, slack):
    """Linked once: a user who takes over the address later is not that person."""
    d = make(campus, slack)
    card, _ = open_ticket(campus, slack, d)
    slack.say("U0MIA", IT, "!priority high", card["ts"])
    wait_for(lambda: d.show(1)["priority"] == "high", what="mia")
    slack.user("U0THIEF", "mia@campus.example")
    slack.say("U0THIEF", IT, "!priority low", card["ts"])
    slack.users["U0MIA"]["profile"]["email"] = "mia.new@campus.example"
    slack.say("U0MIA", IT, "!priority urgent", card["ts"])
    wait_for(lambda: d.show(1)["priority"] == "urgent", what="mia again")
    assert len(slack.called("users.info")) == 2


def test_same_event_again(campus, slack):
    d = make(campus, slack, say="note")
    card, _ = open_ticket(campus, slack, d)
    event = {"type": "message", "channel": IT, "user": "U0MIA", "text": "once", "ts": slack.ts(), "thread_ts": card["ts"]}
    for again in range(3):
        assert slack.event(event, "Ev0AGAIN") == 200
        time.sleep(0.3)
    slack.event({**event, "type": "app_mention"}, "Ev0OTHER")
    slack.say("U0MIA", IT, "behind it", card["ts"])
    wait_for(lambda: len(d.show(1)["messages"]) >= 3, what="the note behind")
    assert [m["text"] for m in d.show(1)["messages"][1:]] == ["once", "behind it"]


def test_gap(campus, slack):
    """What was said while the desk was down is taken once, from the history."""
    d = make(campus, slack, say="note")
    card, _ = open_ticket(campus, slack, d)
    slack.say("U0MIA", IT, "before", card["ts"])
    wait_for(lambda: len(d.show(1)["messages"]) == 2, what="the first note")
    d.stop()
    slack.pushing = False
    slack.say("U0MIA", IT, "meanwhile one", card["ts"])
    slack.say("U0MIA", IT, "meanwhile two", card["ts"])
    slack.pushing = True
    d.start()
    wait_for(lambda: [m["text"] for m in d.show(1)["messages"][1:]] == ["before", "meanwhile one", "meanwhile two"],
             what="the gap")


def test_slow_users_info_holds_up_nobody(campus, slack):
    d = make(campus, slack, say="note")
    card, _ = open_ticket(campus, slack, d)
    slack.say("U0MIA", IT, "known from here on", card["ts"])
    wait_for(lambda: len(d.show(1)["messages"]) == 2, what="the first note")
    slack.fault("users.info", *["internal_error"] * 3)
    slack.say("U0MAX", IT, "of somebody new", card["ts"])
    slack.say("U0MIA", IT, "not held up", card["ts"])
    wait_for(lambda: len(d.show(1)["messages"]) == 4, what="both")
    assert [m["text"] for m in d.show(1)["messages"][2:]] == ["not held up", "of somebody new"]


def test_poll(campus, slack):
    """No inbound port: words, edits and marks are read from the history."""
    slack.pushing = False
    d = make(campus, slack, mode="poll")
    card, n = open_ticket(campus, slack, d)
    ts = slack.say("U0MIA", IT, "polled words", card["ts"])
    wait_mark(slack, ts, MAIL)
    slack.react("U0MIA", IT, ts, MAIL)
    mail = campus.jo.wait_mail(n + 1)[-1]
    assert "polled words" in mail.get_body(("plain",)).get_content()
    slack.react("U0MAX", IT, card["ts"], CLOSE)
    wait_for(lambda: d.show(1)["status"] == "closed", what="closed by a mark")


# ---- hostile, and much ----

SCALE = float(os.environ.get("SCALE", "0.1"))


def memory(process):
    """Resident, in MiB."""
    with open(f"/proc/{process.pid}/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


class Flood(threading.Thread):
    """Requests that nobody should heed: forged, stale, replayed with another body, malformed, large, slow."""

    def __init__(self, slack, n, seed):
        super().__init__()
        self.slack, self.n, self.random = slack, n, random.Random(seed)
        self.statuses = set()

    def one(self):
        body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self.random.random()}", "event": {
            "type": "message", "channel": IT, "user": "U0MIA", "text": "!close", "ts": "1.000001"}}).encode()
        good = sign(self.slack.secret, body)
        return self.random.choice([
            (body, sign("guessed", body)), (body, sign(self.slack.secret, body, time.time() - 3600)),
            (body.replace(b"!close", b"!spam!"), good), (body, {}), (b"[" * 5000, {}), (b"\xff\x00" * 50, good),
            (body, {**good, "X-Slack-Signature": "v0=" + "0" * 64}), (body, {"X-Slack-Signature": good["X-Slack-Signature"]}),
            (b"x" * (2 << 20), good)])

    def run(self):
        for _ in range(self.n):
            body, headers = self.one()
            try:
                self.statuses.add(post(self.slack, self.random.choice(["/slack/events", "/slack/interact"]), body, headers)[0])
            except OSError:
                pass


def test_hostile_requests(campus, slack):
    """None of them does anything; memory stays; real events are taken in order meanwhile."""
    d = make(campus, slack, say="note")
    card, _ = open_ticket(campus, slack, d)
    slow = []
    for _ in range(150):
        s = socket.create_connection(("127.0.0.1", slack.app_port))
        s.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        slow.append(s)
    before = memory(d.process)
    floods = [Flood(slack, int(10000 * SCALE / 4), seed) for seed in range(4)]
    for f in floods:
        f.start()
    for n in range(20):
        slack.say("U0MIA", IT, f"real {n}", card["ts"])
    for f in floods:
        f.join()
    for s in slow:
        s.close()
    wait_for(lambda: [m["text"] for m in d.show(1)["messages"][1:]] == [f"real {n}" for n in range(20)], what="the real ones")
    assert set().union(*(f.statuses for f in floods)) <= {401, 413}
    assert memory(d.process) < before + 100
    assert d.show(1)["status"] == "open"


def test_bench_acknowledged(campus, slack):
    """Events a second that are durable before they are acknowledged; docs/performance.md has figures of a quiet machine."""
    make(campus, slack)
    n, workers, took = int(4000 * SCALE), 8, []

    def send(k):
        c = http.client.HTTPConnection("127.0.0.1", slack.app_port, timeout=15)
        for i in range(n // workers):
            body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev0B{k}N{i}", "event": {
                "type": "message", "channel": IT, "user": BOT, "text": "x", "ts": slack.ts()}}).encode()
            began = time.monotonic()
            c.request("POST", "/slack/events", body, sign(slack.secret, body))
            r = c.getresponse()
            r.read()
            assert r.status == 200
            took.append(time.monotonic() - began)
        c.close()
    threads = [threading.Thread(target=send, args=(k,)) for k in range(workers)]
    began = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    rate, took = len(took) / (time.monotonic() - began), sorted(took)
    print(f"{rate:.0f} events/s, p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {took[len(took) * 99 // 100] * 1000:.1f} ms")
    assert len(took) == n // workers * workers and rate > 50
