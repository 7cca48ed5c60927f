"""A Slack of a test's own: its Web API, and what it pushes to apps, as Slack's
reference says. Faults on demand: see Slack.fault.

tests/e2e/test_slack_clients.py lets Slack's own SDKs judge it."""
import email
import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from campus import free_port

TEAM = "T0CAMPUS"
BOT, BOT_ID, APP = "U0DESK", "B0DESK", "A0DESK"
TEXT_BOUNDS = {"header": 150, "section": 3000}
WRITES_JSON = ("application/json", "application/x-www-form-urlencoded")


def sign(secret, body, when=None):
    """Headers of a request of Slack's."""
    when = str(int(time.time() if when is None else when))
    mac = hmac.new(secret.encode(), b"v0:" + when.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": when, "X-Slack-Signature": "v0=" + mac}


class Refused(Exception):
    """An answer with ok: false."""

    def __init__(self, error, **more):
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **more}


def check_blocks(blocks):
    """What Slack refuses of blocks, as far as apps met it."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        raise Refused("invalid_blocks")
    total = 0
    for block in blocks:
        kind = block.get("type")
        if kind in TEXT_BOUNDS:
            text = block["text"]
            size = len(text["text"])
            total += size
            if not 1 <= size <= TEXT_BOUNDS[kind] or (kind == "header" and text["type"] != "plain_text"):
                raise Refused("invalid_blocks", errors=[f"{kind}: {size} characters"])
        elif kind == "actions":
            elements = block["elements"]
            if not 1 <= len(elements) <= 25:
                raise Refused("invalid_blocks", errors=["actions: too many elements"])
            for e in elements:
                check_element(e)
        elif kind not in ("divider", "context", "input"):
            raise Refused("invalid_blocks", errors=[f"no such block: {kind}"])
    if total > 13000:
        raise Refused("msg_blocks_too_long")


def check_element(e):
    if not 1 <= len(e["action_id"]) <= 255:
        raise Refused("invalid_blocks", errors=["action_id"])
    if e["type"] == "button" and not (1 <= len(e["text"]["text"]) <= 75 and len(e.get("value", "")) <= 2000):
        raise Refused("invalid_blocks", errors=["button"])
    if e["type"] == "static_select":
        options = e["options"]
        if not 1 <= len(options) <= 100 or any(not 1 <= len(o["text"]["text"]) <= 75 or len(o["value"]) > 75
                                               for o in options):
            raise Refused("invalid_blocks", errors=["options"])


class Slack:
    """channels: {id: [messages, oldest first]}. app(path) gets what is pushed, at url."""

    def __init__(self):
        self.port = free_port()
        self.token = "xoxb-" + secrets.token_hex(12)
        self.secret = secrets.token_hex(16)
        self.app_port = free_port()
        self.lock = threading.RLock()
        self.channels, self.members = {}, {}
        self.users = {BOT: {"id": BOT, "team_id": TEAM, "is_bot": True, "name": "desk"}}
        self.files, self.uploads, self.views, self.said_to = {}, {}, [], []
        self.calls = []             # (method, arguments)
        self.faults = {}            # method: [what, …], for the next calls of it
        self.hooks = []             # bodies posted to response_url
        self.pushing = True         # False: events are lost, as when an app is down for long
        self.numbers = itertools.count(1)
        self.last = 0
        self.server = None
        self.start()

    api = property(lambda self: f"http://127.0.0.1:{self.port}/api")

    # ---- the world ----

    def channel(self, name, *members):
        self.channels[name] = []
        self.members[name] = set(members) | {BOT}
        return name

    def user(self, uid, address=None, **flags):
        self.users[uid] = {"id": uid, "team_id": TEAM, "name": uid.lower(), "deleted": False, "is_bot": False,
                           "is_email_confirmed": True, "is_restricted": False, "is_ultra_restricted": False,
                           "profile": {"real_name": uid.title(), **({"email": address} if address else {})}, **flags}
        return uid

    def fault(self, method, *what):
        """For the next calls of it: 429, 500, "error", "slow" (done, the answer comes too late), "drop" (done, then
        cut), "refuse" (cut, not done), None (nothing)."""
        self.faults.setdefault(method, []).extend(what)

    def ts(self):
        """Unique, and later than any before."""
        now = max(int(time.time() * 1000000), self.last + 1)
        self.last = now
        return f"{now // 1000000}.{now % 1000000:06d}"

    def messages(self, channel, thread=None):
        with self.lock:
            return [dict(m) for m in self.channels.get(channel, []) if thread is None or m.get("thread_ts") == thread]

    def find(self, channel, ts):
        return next((m for m in self.channels.get(channel, []) if m["ts"] == ts), None)

    # ---- what people do, and what is pushed of it ----

    def push(self, path, body, kind="application/json", headers=None, when=None, timeout=10):
        """One request of Slack's to the app: (status, body)."""
        c = http.client.HTTPConnection("127.0.0.1", self.app_port, timeout=timeout)
        try:
            c.request("POST", path, body, {"Content-Type": kind, **sign(self.secret, body, when), **(headers or {})})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def event(self, event, event_id=None, team=TEAM):
        """An event, sent again as Slack does until it is taken (in quicker steps)."""
        body = json.dumps({"token": "old", "team_id": team, "api_app_id": APP, "type": "event_callback", "event": event,
                           "event_id": event_id or f"Ev{next(self.numbers):09d}", "event_time": int(time.time()),
                           "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True}]}).encode()
        if not self.pushing:
            return None
        for attempt, wait in enumerate((0, 0.3, 1, 3)):
            time.sleep(wait)
            more = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"} if attempt else None
            try:
                status, _ = self.push("/slack/events", body, headers=more)
            except OSError:
                continue
            if status == 200:
                return status
        return None

    def kind(self, channel):
        return {"C": "channel", "G": "group", "D": "im"}[channel[0]]

    def say(self, user, channel, text, thread=None, files=(), **more):
        """text as a person types it: written in Slack's notation here."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        m = {"type": "message", "user": user, "text": text, "ts": self.ts(), "team": TEAM, **more}
        if thread:
            m["thread_ts"] = thread
        if files:
            m.update(subtype="file_share", files=[self.file(user, *f) for f in files])
        with self.lock:
            self.channels[channel].append(m)
        self.event({**m, "channel": channel, "channel_type": self.kind(channel), "event_ts": m["ts"]})
        return m["ts"]

    def edit(self, channel, ts, text):
        m = self.find(channel, ts)
        old = dict(m)
        m.update(text=text, edited={"user": m["user"], "ts": self.ts()})
        self.event({"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel, "ts": self.ts(),
                    "channel_type": self.kind(channel), "message": dict(m), "previous_message": old})

    def delete(self, channel, ts):
        m = self.find(channel, ts)
        with self.lock:
            self.channels[channel].remove(m)
        self.event({"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel, "ts": self.ts(),
                    "channel_type": self.kind(channel), "deleted_ts": ts, "previous_message": m})

    def react(self, user, channel, ts, name, added=True):
        m = self.find(channel, ts)
        list_ = m.setdefault("reactions", {}).setdefault(name, [])
        if added:
            list_.append(user)
        else:
            list_.remove(user)
        self.event({"type": "reaction_added" if added else "reaction_removed", "user": user, "reaction": name,
                    "item_user": m.get("user"), "item": {"type": "message", "channel": channel, "ts": ts},
                    "event_ts": self.ts()})

    def command(self, user, text="", channel="C0ANY"):
        form = {"token": "old", "team_id": TEAM, "team_domain": "campus", "channel_id": channel, "channel_name": "any",
                "user_id": user, "user_name": user.lower(), "command": "/helpdesk", "text": text, "api_app_id": APP,
                "is_enterprise_install": "false", "response_url": self.hook(), "trigger_id": self.trigger()}
        return self.push("/slack/command", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")

    def interact(self, payload):
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        return self.push("/slack/interact", body, "application/x-www-form-urlencoded")

    def click(self, user, channel, ts, action, value=None, selected=None):
        m = self.find(channel, ts)
        a = {"type": "button", "action_id": action, "block_id": "b", "action_ts": self.ts()}
        a.update({"value": value} if selected is None else {"type": "static_select", "selected_option": {"value": selected}})
        return self.interact({"type": "block_actions", "user": {"id": user, "team_id": TEAM}, "api_app_id": APP,
                              "team": {"id": TEAM, "domain": "campus"}, "channel": {"id": channel, "name": "x"},
                              "container": {"type": "message", "message_ts": ts, "channel_id": channel},
                              "message": m or {"ts": ts}, "trigger_id": self.trigger(), "response_url": self.hook(),
                              "actions": [a]})

    def submit(self, user, view, **values):
        state = {k: {k: {"type": "plain_text_input", "value": v}} for k, v in values.items() if k != "category"}
        if "category" in values:
            state["category"] = {"category": {"type": "static_select", "selected_option": {"value": values["category"]}}}
        return self.interact({"type": "view_submission", "user": {"id": user, "team_id": TEAM}, "api_app_id": APP,
                              "team": {"id": TEAM, "domain": "campus"}, "trigger_id": self.trigger(),
                              "view": {**view["view"], "id": view["id"], "state": {"values": state}}})

    def trigger(self):
        return f"{next(self.numbers)}.{time.time():.0f}.{secrets.token_hex(8)}"

    def hook(self):
        return f"http://127.0.0.1:{self.port}/hook/{secrets.token_hex(8)}"

    def file(self, user, name, kind, data):
        fid = f"F{next(self.numbers):08d}"
        url = f"http://127.0.0.1:{self.port}/files-pri/{TEAM}-{fid}/{urllib.parse.quote(name)}"
        self.files[fid] = {"id": fid, "name": name, "title": name, "mimetype": kind, "size": len(data), "user": user,
                           "mode": "hosted", "url_private": url, "url_private_download": url + "?d=1"}
        self.uploads[fid] = data
        return self.files[fid]

    # ---- the API ----

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def answer(self, status, body, kind="application/json; charset=utf-8", **headers):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for k, v in headers.items():
                    self.send_header(k.replace("_", "-"), v)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                outer.get(self)

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    outer.post(self, raw)
                except (BrokenPipeError, ConnectionResetError):
                    pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def get(self, h):
        parts = h.path.split("?")[0].split("/")
        if len(parts) < 4 or parts[1] != "files-pri":
            return h.answer(404, b"", "text/plain")
        fid = parts[2].split("-", 1)[1]
        if h.headers.get("Authorization") != "Bearer " + self.token or fid not in self.uploads:
            return h.answer(200, b"<!doctype html><title>Sign in</title>", "text/html; charset=utf-8")
        return h.answer(200, self.uploads[fid], self.files[fid]["mimetype"])

    def post(self, h, raw):
        path = h.path.split("?")[0]
        if path.startswith("/hook/"):
            self.hooks.append(json.loads(raw))
            return h.answer(200, b"ok", "text/plain")
        if path.startswith("/upload/"):
            kind = h.headers.get("Content-Type", "")
            if kind.startswith("multipart/form-data"):
                form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
                raw = form.get_payload()[0].get_payload(decode=True)
            self.uploads[path[8:]] = raw
            return h.answer(200, f"OK - {len(raw)}".encode(), "text/plain")
        if not path.startswith("/api/"):
            return h.answer(404, b"", "text/plain")
        method = path[5:]
        with self.lock:
            todo = self.faults.get(method) or self.faults.get("*")
            what = todo.pop(0) if todo else None
        if what == 429:
            return h.answer(429, {"ok": False, "error": "ratelimited"}, Retry_After="1")
        if what == 500:
            return h.answer(500, b"<html>oops</html>", "text/html")
        if what == "refuse":
            return h.connection.shutdown(2)
        answer = {"ok": False, "error": what} if isinstance(what, str) and what not in ("slow", "drop") else \
            self.call(h, method, raw)
        if what == "drop":
            return h.connection.shutdown(2)
        if what == "slow":
            time.sleep(25)
        return h.answer(200, answer)

    def arguments(self, h, raw):
        kind = h.headers.get("Content-Type", "").split(";")[0]
        if kind == "application/json":
            return json.loads(raw)
        if kind not in WRITES_JSON:
            raise Refused("invalid_post_type")
        form = dict(urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True))
        return {k: json.loads(v) if k in ("blocks", "view", "metadata", "files") else v for k, v in form.items()}

    def call(self, h, method, raw):
        try:
            args = self.arguments(h, raw)
            if h.headers.get("Authorization") != "Bearer " + self.token and args.pop("token", None) != self.token:
                raise Refused("invalid_auth" if h.headers.get("Authorization") else "not_authed")
            fn = getattr(self, "do_" + method.replace(".", "_"), None)
            if fn is None:
                raise Refused("unknown_method")
            with self.lock:
                self.calls.append((method, args))
                return {"ok": True, **(fn(args) or {})}
        except Refused as e:
            return e.answer

    def called(self, method):
        with self.lock:
            return [a for m, a in self.calls if m == method]

    def room(self, a):
        channel = a.get("channel", "")
        if channel in self.users and channel != BOT:
            channel = "D" + channel[1:]
            self.channels.setdefault(channel, [])
            self.members.setdefault(channel, {BOT, "U" + channel[1:]})
        if channel not in self.channels:
            raise Refused("channel_not_found")
        if BOT not in self.members[channel]:
            raise Refused("not_in_channel")
        return channel

    def message(self, a, key="ts"):
        m = self.find(self.room(a), a.get(key))
        if m is None:
            raise Refused("message_not_found")
        return m

    def do_auth_test(self, a):
        return {"url": "https://campus.slack.com/", "team": "campus", "user": "desk", "team_id": TEAM, "user_id": BOT,
                "bot_id": BOT_ID, "is_enterprise_install": False}

    def do_chat_postMessage(self, a):
        channel = self.room(a)
        if not a.get("text") and not a.get("blocks"):
            raise Refused("no_text")
        if "blocks" in a:
            check_blocks(a["blocks"])
        thread = a.get("thread_ts")
        if thread and (self.find(channel, thread) is None or self.find(channel, thread).get("thread_ts") not in (None, thread)):
            raise Refused("thread_not_found")
        meta = a.get("metadata")
        if meta is not None and not (isinstance(meta.get("event_type"), str) and isinstance(meta.get("event_payload"), dict)):
            raise Refused("invalid_metadata_format")
        m = {"type": "message", "user": BOT, "bot_id": BOT_ID, "app_id": APP, "text": a.get("text", "")[:40000],
             "ts": self.ts(), "team": TEAM}
        m.update({k: a[k] for k in ("blocks", "metadata", "thread_ts") if a.get(k)})
        self.channels[channel].append(m)
        threading.Thread(target=self.event, daemon=True, args=({**m, "channel": channel, "event_ts": m["ts"],
                                                                "channel_type": self.kind(channel)},)).start()
        return {"channel": channel, "ts": m["ts"], "message": m}

    def do_chat_postEphemeral(self, a):
        channel = self.room(a)
        if a.get("user") not in self.users:
            raise Refused("user_not_in_channel")
        if "blocks" in a:
            check_blocks(a["blocks"])
        self.said_to.append((a["user"], channel, a))
        return {"message_ts": self.ts()}

    def do_chat_update(self, a):
        m = self.message(a)
        if m.get("bot_id") != BOT_ID:
            raise Refused("cant_update_message")
        if len(a.get("text", "")) > 4000:
            raise Refused("msg_too_long")
        if "blocks" in a:
            check_blocks(a["blocks"])
        m.update({k: a[k] for k in ("text", "blocks", "metadata") if k in a})
        return {"channel": a["channel"], "ts": a["ts"], "text": m["text"]}

    def do_chat_delete(self, a):
        m = self.message(a)
        if m.get("bot_id") != BOT_ID:
            raise Refused("cant_delete_message")
        self.channels[a["channel"]].remove(m)

    def do_reactions_add(self, a):
        m = self.message(a, "timestamp")
        who = m.setdefault("reactions", {}).setdefault(a["name"], [])
        if BOT in who:
            raise Refused("already_reacted")
        who.append(BOT)
        threading.Thread(target=self.event, daemon=True, args=({"type": "reaction_added", "user": BOT, "reaction": a["name"],
                         "item": {"type": "message", "channel": a["channel"], "ts": a["timestamp"]},
                         "event_ts": self.ts()},)).start()

    def do_reactions_remove(self, a):
        who = self.message(a, "timestamp").get("reactions", {}).get(a["name"], [])
        if BOT not in who:
            raise Refused("no_reaction")
        who.remove(BOT)

    def do_reactions_get(self, a):
        m = self.message(a, "timestamp")
        return {"type": "message", "channel": a["channel"], "message": self.shown(m)}

    def shown(self, m):
        out = dict(m)
        if "reactions" in m:
            out["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in m["reactions"].items() if u]
        return out

    def page(self, a, list_, newest_first):
        limit, start = min(int(a.get("limit") or 100), 999), int(a.get("cursor") or 0)
        low, high = float(a.get("oldest") or 0), float(a.get("latest") or 1e12)
        all_ = str(a.get("include_all_metadata", "")).lower() in ("true", "1")
        list_ = [self.shown(m) for m in list_ if low < float(m["ts"]) < high or m["ts"] == a.get("ts")]
        list_ = [m if all_ else {k: v for k, v in m.items() if k != "metadata"} for m in list_]
        if newest_first:
            list_ = list_[::-1]
        more = start + limit < len(list_)
        return {"messages": list_[start:start + limit], "has_more": more,
                "response_metadata": {"next_cursor": str(start + limit) if more else ""}}

    def do_conversations_history(self, a):
        return self.page(a, [m for m in self.channels[self.room(a)] if m.get("thread_ts") in (None, m["ts"])], True)

    def do_conversations_replies(self, a):
        channel = self.room(a)
        if self.find(channel, a.get("ts")) is None:
            raise Refused("thread_not_found")
        return self.page(a, [m for m in self.channels[channel] if a["ts"] in (m["ts"], m.get("thread_ts"))], False)

    def do_conversations_info(self, a):
        channel = self.room(a)
        return {"channel": {"id": channel, "is_im": channel[0] == "D", "is_member": True}}

    def do_conversations_join(self, a):
        self.members.setdefault(a["channel"], set()).add(BOT)

    def do_conversations_open(self, a):
        return {"channel": {"id": self.room({"channel": a["users"]})}}

    def do_users_info(self, a):
        if a.get("user") not in self.users:
            raise Refused("user_not_found")
        return {"user": self.users[a["user"]]}

    def do_views_open(self, a):
        if not a.get("trigger_id"):
            raise Refused("invalid_trigger")
        view = a["view"]
        for name in ("title", "submit", "close"):
            if not 1 <= len(view[name]["text"]) <= 24:
                raise Refused("invalid_arguments", response_metadata={"messages": [name]})
        if len(json.dumps(view)) > 250000:
            raise Refused("view_too_large")
        self.views.append({"id": f"V{next(self.numbers):08d}", "view": view})
        return {"view": {"id": self.views[-1]["id"]}}

    def do_files_info(self, a):
        if a.get("file") not in self.files:
            raise Refused("file_not_found")
        return {"file": self.files[a["file"]]}

    def do_files_getUploadURLExternal(self, a):
        fid = f"F{next(self.numbers):08d}"
        if int(a["length"]) <= 0:
            raise Refused("invalid_arguments")
        self.files[fid] = {"id": fid, "name": a["filename"], "size": int(a["length"])}
        return {"upload_url": f"http://127.0.0.1:{self.port}/upload/{fid}", "file_id": fid}

    def do_files_completeUploadExternal(self, a):
        files = [self.files[f["id"]] for f in a["files"]]
        if any(len(self.uploads.get(f["id"], b"")) != f["size"] for f in files):
            raise Refused("invalid_arguments")
        if a.get("channel_id"):
            channel = self.room({"channel": a["channel_id"]})
            m = {"type": "message", "user": BOT, "bot_id": BOT_ID, "text": a.get("initial_comment", ""), "ts": self.ts(),
                 "files": files, "subtype": "file_share"}
            if a.get("thread_ts"):
                m["thread_ts"] = a["thread_ts"]
            self.channels[channel].append(m)
        return {"files": files}
