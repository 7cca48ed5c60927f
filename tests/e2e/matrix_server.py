"""A homeserver of a test's own: as much of the Matrix client-server API as a bot
and a few people need, with the habits of a real one and every fault on demand.

People act on it through Account; faults are attributes of MatrixServer. Nothing
is encrypted, nothing federates, nothing is stored.
"""
import json
import re
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from campus import free_port

NAME = "matrix.example"
MAX_EVENT = 65536


class Refused(Exception):
    def __init__(self, status, errcode, error="", **more):
        super().__init__(errcode)
        self.status, self.body = status, dict(more, errcode=errcode, error=error or errcode)


class Room:
    def __init__(self, room_id, creator, encrypted=False):
        self.id, self.events, self.state = room_id, [], {}
        self.creator = creator
        self.encrypted = encrypted

    def membership(self, user):
        event = self.state.get(("m.room.member", user))
        return event["content"].get("membership") if event else None


class MatrixServer:
    def __init__(self):
        self.port = free_port()
        self.lock = threading.Condition()
        self.users = {}             # token: (user, device)
        self.passwords = {}
        self.rooms = {}
        self.aliases = {}
        self.stream = []            # every event, in order of arrival: (room id, event)
        self.txns = {}              # (user, device, txn): event id
        self.filters = {}
        self.media = {}             # id: (type, bytes)
        self.requests = []          # (method, path) as they came
        self.versions = ["v1.1", "v1.11"]
        # faults, each for the bot alone
        self.limit = None           # (header seconds, body ms): 429 for sends, a number of times in limit_times
        self.limit_times = 0
        self.swallow = 0            # so many sends are done, but answered by a broken connection
        self.fail = 0               # so many requests are answered 500
        self.garbage = 0            # so many syncs are answered with what is no JSON
        self.slow = 0               # seconds before an answer to a send
        self.dead_tokens = set()
        self.repeat = False         # every sync gives the last events again
        self.shuffle = False        # timelines backwards
        self.timeline_limit = None  # at most so many events a room in a sync: limited
        self.refuse_since = False   # "Invalid stream token"
        self.redirect_media = None  # a URL that downloads are redirected to
        self.server = None
        self.start()

    url = property(lambda self: f"http://127.0.0.1:{self.port}")

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                outer.answer(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = do_OPTIONS = handle_any

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args):
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Nobody answers any more; what is known stays."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
            with self.lock:
                self.lock.notify_all()

    # ---- people ----

    def account(self, localpart, device=None):
        user = f"@{localpart}:{NAME}"
        token = "syt_" + secrets.token_hex(12)
        self.users[token] = (user, device or "D" + secrets.token_hex(4))
        return Account(self, user, token)

    def room(self, creator, members=(), encrypted=False, version="10", public=False):
        room_id = "!" + secrets.token_urlsafe(9).replace("-", "a").replace("_", "b") + ("" if version == "12" else ":" + NAME)
        with self.lock:
            room = self.rooms[room_id] = Room(room_id, creator.user)
        self.put_state(room_id, creator.user, "m.room.create", "", {"room_version": version})
        self.put_state(room_id, creator.user, "m.room.member", creator.user, {"membership": "join"})
        self.put_state(room_id, creator.user, "m.room.join_rules", "", {"join_rule": "public" if public else "invite"})
        if encrypted:
            self.put_state(room_id, creator.user, "m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})
        for m in members:
            self.put_state(room_id, creator.user, "m.room.member", m.user, {"membership": "join"})
        return room.id

    # ---- events ----

    def put(self, room_id, sender, kind, content, state_key=None, redacts=None, txn=None):
        with self.lock:
            room = self.rooms[room_id]
            event = {"type": kind, "sender": sender, "content": content, "event_id": "$" + secrets.token_urlsafe(32),
                     "origin_server_ts": int(time.time() * 1000), "unsigned": {}}
            if state_key is not None:
                event["state_key"] = state_key
                room.state[(kind, state_key)] = event
            if redacts:
                event["redacts"] = redacts
                event["content"] = dict(content, redacts=redacts)
                for old in room.events:
                    if old["event_id"] == redacts:
                        old["content"] = {}
                        old["unsigned"] = {"redacted_because": event}
            if txn:
                event["_txn"] = txn
            room.events.append(event)
            self.stream.append((room_id, event))
            self.lock.notify_all()
            return event["event_id"]

    def put_state(self, room_id, sender, kind, key, content):
        return self.put(room_id, sender, kind, content, state_key=key)

    def events(self, room_id, kind=None, sender=None):
        with self.lock:
            return [e for e in self.rooms[room_id].events
                    if (kind is None or e["type"] == kind) and (sender is None or e["sender"] == sender)]

    def shown(self, room_id, event_id):
        """The content that a client shows: the newest edit by the same sender."""
        content, sender = None, None
        for e in self.events(room_id):
            relates = e["content"].get("m.relates_to", {})
            if e["event_id"] == event_id:
                content, sender = e["content"], e["sender"]
            elif relates.get("rel_type") == "m.replace" and relates.get("event_id") == event_id and e["sender"] == sender:
                content = e["content"]["m.new_content"]
        return content

    def marks(self, room_id, event_id, sender):
        """Emojis that stand on an event, by that sender."""
        return [e["content"]["m.relates_to"]["key"] for e in self.events(room_id, "m.reaction", sender)
                if e["content"].get("m.relates_to", {}).get("event_id") == event_id]

    def thread(self, room_id, root):
        return [e for e in self.events(room_id, "m.room.message")
                if e["content"].get("m.relates_to", {}).get("rel_type") == "m.thread"
                and e["content"]["m.relates_to"]["event_id"] == root]

    # ---- HTTP ----

    def answer(self, h, body):
        url = urllib.parse.urlsplit(h.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        path = [urllib.parse.unquote(p) for p in url.path.split("/")[1:]]
        kind = "application/json"
        with self.lock:
            self.requests.append((h.command, url.path))
        try:
            status, out = self.route(h, path, query, body)
        except Refused as e:
            status, out = e.status, e.body
        except BrokenPipeError:
            return
        except ConnectionAbortedError:
            h.close_connection = True
            h.connection.close()
            return
        headers = {}
        if isinstance(out, tuple):
            kind, out = out
        elif status == 429 and "_header" in out:
            headers["Retry-After"] = str(out.pop("_header"))
        elif status == 307:
            headers["Location"] = out.pop("_location")
        raw = out if isinstance(out, bytes) else json.dumps(out).encode()
        try:
            h.send_response(status, "Unknown Status" if status == 429 else None)
            h.send_header("Content-Type", kind)
            h.send_header("Content-Length", str(len(raw)))
            for k, v in headers.items():
                h.send_header(k, v)
            h.end_headers()
            h.wfile.write(raw)
        except OSError:
            pass

    def who(self, h, query):
        given = h.headers.get("Authorization", "")
        token = given[7:] if given.startswith("Bearer ") else query.get("access_token")
        if not token:
            raise Refused(401, "M_MISSING_TOKEN", "Missing access token")
        if token not in self.users or token in self.dead_tokens:
            raise Refused(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False)
        return self.users[token]

    def route(self, h, path, query, raw):
        if path[0] != "_matrix":
            raise Refused(404, "M_UNRECOGNIZED")
        if path[1:3] == ["client", "versions"]:
            return 200, {"versions": self.versions}
        if path[1] == "media" or path[1:4] == ["client", "v1", "media"]:
            return self.route_media(h, path, query, raw)
        if path[1] != "client" or len(path) < 4 or path[2] not in ("v3", "r0", "v1"):
            raise Refused(404, "M_UNRECOGNIZED", "Unrecognized request")
        rest = path[3:]
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise Refused(400, "M_NOT_JSON", "Content not JSON.") from None
        if rest[0] == "register":
            account = self.account(body["username"], body.get("device_id"))
            return 200, {"user_id": account.user, "access_token": account.token, "device_id": self.users[account.token][1]}
        user, device = self.who(h, query)
        if self.fail > 0 and not user.startswith("@people"):
            self.fail -= 1
            raise Refused(500, "M_UNKNOWN", "Internal server error")
        if rest == ["account", "whoami"]:
            return 200, {"user_id": user, "device_id": device, "is_guest": False}
        if rest[0] == "sync":
            return 200, self.sync(user, device, query)
        if rest[0] == "user" and rest[2] == "filter":
            self.filters[str(len(self.filters))] = body
            return 200, {"filter_id": str(len(self.filters) - 1)}
        if rest[0] == "joined_rooms":
            return 200, {"joined_rooms": [r.id for r in self.rooms.values() if r.membership(user) == "join"]}
        if rest[0] == "createRoom":
            return 200, {"room_id": self.room(Account(self, user, ""), public=body.get("visibility") == "public")}
        if rest[0] == "join":
            return 200, {"room_id": self.join(user, rest[1])}
        if rest[:2] == ["directory", "room"]:
            if rest[2] not in self.aliases:
                raise Refused(404, "M_NOT_FOUND", f"Room alias {rest[2]} not found")
            return 200, {"room_id": self.aliases[rest[2]], "servers": [NAME]}
        if rest[0] == "rooms":
            return self.route_room(h.command, user, device, rest[1], rest[2:], query, body)
        raise Refused(404, "M_UNRECOGNIZED", "Unrecognized request")

    def join(self, user, room_id):
        room_id = self.aliases.get(room_id, room_id)
        room = self.rooms.get(room_id)
        rule = room.state[("m.room.join_rules", "")]["content"]["join_rule"] if room else None
        if room is None or (room.membership(user) not in ("invite", "join") and rule != "public"):
            raise Refused(403, "M_FORBIDDEN", "You are not invited to this room.")
        if room.membership(user) != "join":
            self.put_state(room_id, user, "m.room.member", user, {"membership": "join"})
        return room_id

    def in_room(self, user, room_id):
        room = self.rooms.get(room_id)
        if room is None or room.membership(user) != "join":
            raise Refused(403, "M_FORBIDDEN", f"User {user} not in room {room_id}")
        return room

    def route_room(self, method, user, device, room_id, rest, query, body):
        if rest[0] == "join":
            return 200, {"room_id": self.join(user, room_id)}
        room = self.in_room(user, room_id)
        if rest[0] == "send" and method == "PUT":
            return 200, {"event_id": self.send(user, device, room, rest[1], rest[2], body)}
        if rest[0] == "redact" and method == "PUT":
            return 200, {"event_id": self.redact(user, device, room, rest[1], rest[2], body)}
        if rest[0] == "state" and method == "GET":
            event = room.state.get((rest[1], rest[2] if len(rest) > 2 else ""))
            if event is None:
                raise Refused(404, "M_NOT_FOUND", "Event not found.")
            return 200, event["content"]
        if rest[0] == "messages":
            return 200, self.messages(user, device, room, query)
        if rest[0] == "event":
            for e in room.events:
                if e["event_id"] == rest[1]:
                    return 200, self.seen(e, user, device)
            raise Refused(404, "M_NOT_FOUND", "Event not found.")
        if rest[0] == "joined_members":
            joined = {k[1]: {} for k, e in room.state.items() if k[0] == "m.room.member" and e["content"].get("membership") == "join"}
            return 200, {"joined": joined}
        if rest[0] == "relations":
            chunk = [self.seen(e, user, device) for e in reversed(room.events)
                     if e["content"].get("m.relates_to", {}).get("event_id") == rest[1]
                     and (len(rest) < 3 or e["content"]["m.relates_to"].get("rel_type") == rest[2])]
            return 200, {"chunk": chunk}
        raise Refused(404, "M_UNRECOGNIZED", "Unrecognized request")

    def once(self, user, device, txn, do):
        """Of a transaction the first event, whatever is sent under its id again (that is how Synapse does it)."""
        bot = not user.startswith("@people")
        with self.lock:
            if bot and self.limit_times > 0:
                self.limit_times -= 1
                header, ms = self.limit
                more = {"retry_after_ms": ms} if ms is not None else {}
                if header is not None:
                    more["_header"] = header
                raise Refused(429, "M_LIMIT_EXCEEDED", "Too Many Requests", **more)
        if bot and self.slow:
            time.sleep(self.slow)
        with self.lock:
            key = (user, device, txn)
            if key not in self.txns:
                self.txns[key] = do()
            if bot and self.swallow > 0:
                self.swallow -= 1
                raise ConnectionAbortedError
            return self.txns[key]

    def send(self, user, device, room, kind, txn, content):
        if len(json.dumps(content)) > MAX_EVENT:
            raise Refused(413, "M_TOO_LARGE", "event too large")
        if not isinstance(content, dict):
            raise Refused(400, "M_BAD_JSON")
        if kind == "m.room.message" and not (isinstance(content.get("body"), str) and isinstance(content.get("msgtype"), str)):
            raise Refused(400, "M_BAD_JSON", "msgtype and body are needed")

        def do():
            relates = content.get("m.relates_to", {})
            target = next((e for e in room.events if e["event_id"] == relates.get("event_id")), None)
            if relates.get("rel_type") == "m.thread":
                if target is None or target["content"].get("m.relates_to", {}).get("rel_type"):
                    raise Refused(400, "M_UNKNOWN", "Cannot start threads from an event with a relation")
            if kind == "m.reaction" and any(
                    e["type"] == "m.reaction" and e["sender"] == user and e["content"].get("m.relates_to") == relates
                    for e in room.events):
                raise Refused(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")
            return self.put(room.id, user, kind, content, txn=(user, device, txn))
        return self.once(user, device, txn, do)

    def redact(self, user, device, room, target, txn, body):
        def do():
            event = next((e for e in room.events if e["event_id"] == target), None)
            if event is None:
                raise Refused(404, "M_NOT_FOUND", "Could not find event")
            if event["sender"] != user and user != room.creator:
                raise Refused(403, "M_FORBIDDEN", "You don't have permission to redact events")
            return self.put(room.id, user, "m.room.redaction", dict(body), redacts=target, txn=(user, device, txn))
        return self.once(user, device, txn, do)

    def seen(self, event, user, device):
        out = {k: v for k, v in event.items() if not k.startswith("_")}
        out["unsigned"] = dict(event["unsigned"], age=1)
        txn = event.get("_txn")
        if txn and txn[:2] == (user, device):
            out["unsigned"]["transaction_id"] = txn[2]
        return out

    def position(self, token):
        if not re.fullmatch(r"s\d+", token or "") or int(token[1:]) > len(self.stream):
            raise Refused(400, "M_UNKNOWN", "Invalid stream token")
        return int(token[1:])

    def messages(self, user, device, room, query):
        back, limit = query.get("dir") == "b", int(query.get("limit", 10))
        with self.lock:
            places = [(i, e) for i, (r, e) in enumerate(self.stream) if r == room.id]
            start = self.position(query["from"]) if "from" in query else (len(self.stream) if back else 0)
            stop = self.position(query["to"]) if "to" in query else (0 if back else len(self.stream))
            if back:
                chosen = [(i, e) for i, e in reversed(places) if stop <= i < start][:limit]
                end = chosen[-1][0] if chosen else start
                more = any(i < end for i, _ in places)
            else:
                chosen = [(i, e) for i, e in places if start <= i < stop][:limit]
                end = chosen[-1][0] + 1 if chosen else start
                more = "to" in query or any(i >= end for i, _ in places)
            out = {"start": f"s{start}", "chunk": [self.seen(e, user, device) for _, e in chosen]}
            if more:
                out["end"] = f"s{end}"
            return out

    def sync(self, user, device, query):
        if self.garbage > 0:
            self.garbage -= 1
            raise Refused(200, "", **{"next_batch": 7, "rooms": [1, {"join": None}]})
        since = query.get("since")
        if since and self.refuse_since:
            raise Refused(400, "M_UNKNOWN", "Invalid stream token")
        start = self.position(since) if since else 0
        wait = time.monotonic() + min(int(query.get("timeout", 0)), 30000) / 1000
        chosen = query.get("filter", "{}")
        chosen = json.loads(chosen) if chosen.startswith("{") else self.filters[chosen]
        with self.lock:
            while since and self.server is not None and not any(
                    self.concerns(user, r, e) for r, e in self.stream[start:]) and time.monotonic() < wait:
                self.lock.wait(max(0.01, wait - time.monotonic()))
            if self.server is None:
                raise ConnectionAbortedError
            return self.sync_now(user, device, start, bool(since), chosen.get("room", {}).get("timeline", {}))

    def concerns(self, user, room_id, event):
        return self.rooms[room_id].membership(user) == "join" or event.get("state_key") == user

    def sync_now(self, user, device, start, later, wanted):
        end = len(self.stream)
        out = {"next_batch": f"s{end}", "rooms": {"join": {}, "invite": {}, "leave": {}}}
        limit = self.timeline_limit or wanted.get("limit", 10)
        if self.repeat and start > 0:
            start = max(0, start - 5)
        for room in self.rooms.values():
            news = [(i, e) for i, (r, e) in enumerate(self.stream[:end]) if r == room.id and i >= start]
            state = room.membership(user)
            if state == "join":
                joined = room.state[("m.room.member", user)]
                fresh = any(e is joined for _, e in news)
                if fresh and later:     # as after a join: earlier events of the room, limited
                    news = [(i, e) for i, (r, e) in enumerate(self.stream[:end]) if r == room.id]
                timeline = [(i, e) for i, e in news if not wanted.get("types") or e["type"] in wanted["types"]]
                cut = timeline[-limit:]
                if not news:
                    continue
                events = [self.seen(e, user, device) for _, e in cut]
                out["rooms"]["join"][room.id] = {
                    "timeline": {"events": list(reversed(events)) if self.shuffle else events,
                                 "limited": len(cut) < len(timeline) or (fresh and later),
                                 "prev_batch": f"s{cut[0][0] if cut else start}"},
                    "state": {"events": [] if later else [self.seen(e, user, device) for e in room.state.values()]}}
            elif state == "invite" and any(e.get("state_key") == user for _, e in news):
                event = room.state[("m.room.member", user)]
                out["rooms"]["invite"][room.id] = {"invite_state": {"events": [
                    {k: event[k] for k in ("type", "sender", "content", "state_key")}]}}
            elif state in ("leave", "ban") and any(e.get("state_key") == user for _, e in news):
                out["rooms"]["leave"][room.id] = {"timeline": {"events": [
                    self.seen(room.state[("m.room.member", user)], user, device)], "limited": False, "prev_batch": f"s{start}"}}
        return out

    # ---- media ----

    def route_media(self, h, path, query, raw):
        self.who(h, query)
        authed = path[1] == "client"
        rest = path[4:] if authed else path[3:]
        if not authed and rest[0] == "upload":
            name = secrets.token_urlsafe(12)
            self.media[name] = (h.headers.get("Content-Type", "application/octet-stream"), raw)
            return 200, {"content_uri": f"mxc://{NAME}/{name}"}
        if rest[0] == "config":
            return 200, {"m.upload.size": 52428800}
        if rest[0] != "download":
            raise Refused(404, "M_UNRECOGNIZED")
        if authed != ("v1.11" in self.versions):
            raise Refused(404, "M_UNRECOGNIZED" if authed else "M_NOT_FOUND", "Unrecognized request")
        if rest[2] not in self.media:
            raise Refused(404, "M_NOT_FOUND", "Not found")
        if self.redirect_media:
            return 307, {"_location": self.redirect_media}
        return 200, self.media[rest[2]]


class Account:
    """Somebody with a Matrix client."""

    def __init__(self, server, user, token):
        self.server, self.user, self.token = server, user, token

    def say(self, room, text, thread=None, reply=None, msgtype="m.text", **more):
        content = {"msgtype": msgtype, "body": text, **more}
        if thread:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True,
                                       "m.in_reply_to": {"event_id": thread}}
        elif reply:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply}}
        return self.server.put(room, self.user, "m.room.message", content)

    def edit(self, room, target, text):
        return self.server.put(room, self.user, "m.room.message", {
            "msgtype": "m.text", "body": "* " + text, "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": target}})

    def react(self, room, target, key):
        return self.server.put(room, self.user, "m.reaction", {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}})

    def redact(self, room, target):
        return self.server.put(room, self.user, "m.room.redaction", {}, redacts=target)

    def invite(self, room, user):
        return self.server.put_state(room, self.user, "m.room.member", user, {"membership": "invite"})

    def kick(self, room, user):
        return self.server.put_state(room, self.user, "m.room.member", user, {"membership": "leave"})
