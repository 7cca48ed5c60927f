"""Slack's own libraries (npm: @slack/bolt, @slack/web-api) judge the stand-in that tests of the desk believe."""
import http.client
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from slack_server import BOT, BOT_ID, TEAM, Slack, sign  # noqa: E402

HERE = Path(__file__).parent


class Client:
    def __init__(self, slack, channel, user):
        env = dict(os.environ, NODE_PATH=os.environ["CLIENTS"] + "/node_modules")
        self.process = subprocess.Popen(["node", str(HERE / "slack.js"), slack.api, slack.token, slack.secret,
                                         str(slack.app_port), channel, user], stdout=subprocess.PIPE, text=True, env=env)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def hear(self, what):
        got = self.lines.get(timeout=30)
        assert got["what"] == what, got
        return got


def path_for_bolt(slack):
    """Bolt listens at one path for all three."""
    real = slack.push
    slack.push = lambda path, *a, **kw: real("/slack/events", *a, **kw)


def test_stand_in():
    slack = Slack()
    slack.channel("C0ANY")
    slack.user("U0MIA", "mia@campus.example")
    slack.pushing = False
    client = Client(slack, "C0ANY", "U0MIA")
    try:
        slack.fault("users.info", None, 429)
        assert client.hear("auth.test") == {"what": "auth.test", "user": BOT, "team": TEAM, "bot": BOT_ID}
        posts = client.hear("posts")
        assert posts["history"] == ["root, changed"] and posts["metadata"] == "1"
        assert posts["replies"] == posts["want"] and posts["twice"] == "already_reacted"
        assert client.hear("people") == {"what": "people", "email": "mia@campus.example", "open": "D0MIA"}
        assert client.hear("files")["n"] == 1
        assert client.hear("limited")["ok"]
        client.hear("listens")
        path_for_bolt(slack)
        slack.pushing = True
        events(slack, client)
    finally:
        client.process.kill()
        slack.stop()


def events(slack, client):
    body = json.dumps({"type": "url_verification", "challenge": "c-42"}).encode()
    status, answer = slack.push("/", body)
    assert status == 200 and json.loads(answer) == {"challenge": "c-42"}
    ts = slack.say("U0MIA", "C0ANY", "hello")
    assert client.hear("message") == {"what": "message", "text": "hello", "user": "U0MIA"}
    slack.react("U0MIA", "C0ANY", ts, "eyes")
    assert client.hear("reaction") == {"what": "reaction", "name": "eyes", "item": ts}
    assert slack.command("U0MIA", "no light") == (200, b"got no light")
    assert client.hear("command")["text"] == "no light"
    assert slack.click("U0MIA", "C0ANY", ts, "take", "1042") == (200, b"")
    assert client.hear("action") == {"what": "action", "value": "1042", "user": "U0MIA"}
    status, answer = slack.submit("U0MIA", {"id": "V1", "view": {"type": "modal", "callback_id": "report"}}, text="it")
    assert client.hear("view")["text"] == "it"
    assert status == 200 and json.loads(answer)["response_action"] == "errors"
    assert slack.push("/", body, headers=sign("wrong", body))[0] == 401
    assert slack.push("/", body, when=time.time() - 400)[0] == 401
    c = http.client.HTTPConnection("127.0.0.1", slack.app_port, timeout=10)
    c.request("POST", "/slack/events", b"ssl_check=1", {"Content-Type": "application/x-www-form-urlencoded"})
    assert c.getresponse().status == 200
