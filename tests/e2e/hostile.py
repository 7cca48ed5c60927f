"""Mail servers that misbehave as they are told: an IMAP server that says odd
things, and a wire to a real server that is cut. Loopback, threads, no children."""
import contextlib
import re
import socket
import socketserver
import threading
import time


class Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class Server:
    """Listens on a free loopback port; connections counts who came."""

    def __init__(self):
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with outer.lock:
                    outer.connections += 1
                    number = outer.connections
                with contextlib.suppress(OSError):
                    outer.serve(self.request, number)

        self.lock = threading.Lock()
        self.connections = 0
        self.server = Threaded(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, sock, number):
        raise NotImplementedError

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Wire(Server):
    """A wire to a real server's port, which cuts its first connections after
    so many bytes from the server: cuts = [40000, 100]; later ones hold."""

    def __init__(self, port, cuts):
        self.to, self.cuts = port, list(cuts)
        super().__init__()

    def serve(self, sock, number):
        left = self.cuts[number - 1] if number <= len(self.cuts) else None
        with socket.create_connection(("127.0.0.1", self.to)) as up:
            threading.Thread(target=self.copy, args=(sock, up, None), daemon=True).start()
            self.copy(up, sock, left)
            for s in sock, up:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def copy(source, sink, left):
        with contextlib.suppress(OSError):
            while left is None or left > 0:
                data = source.recv(65536 if left is None else min(left, 65536))
                if not data:
                    break
                sink.sendall(data)
                if left is not None:
                    left -= len(data)


class Imap(Server):
    """Just enough of an IMAP server. mails: {uid: bytes}. fault, by what it does:
    no-starttls, injected, refused (NO to UIDs in self.refuse), short (says more
    bytes than it sends, once), liar (announces 10 bytes), stranger (bodies nobody
    asked for), flood (a line without end), silent (says nothing to FETCH)."""

    def __init__(self, mails=None, fault=""):
        self.mails, self.fault = dict(mails or {}), fault
        self.refuse, self.seen, self.uidvalidity = set(), set(), 7
        self.moved = {}
        super().__init__()

    def serve(self, sock, number):
        lines = sock.makefile("rb")
        sock.sendall(b"* OK ready\r\n")
        for line in lines:
            words = line.decode("latin-1").split()
            if len(words) < 2:
                return
            tag, verb = words[0], " ".join(words[1:3] if words[1].upper() == "UID" else words[1:2]).upper()
            answer = getattr(self, "do_" + verb.replace(" ", "_").lower(), None)
            if answer is None:
                sock.sendall(f"{tag} BAD {verb}\r\n".encode())
            elif answer(sock, lines, tag, line.decode("latin-1"), number) == "close":
                return

    def say(self, sock, *lines):
        sock.sendall("".join(x + "\r\n" for x in lines).encode("latin-1"))

    def do_capability(self, sock, _lines, tag, _line, _number):
        more = "" if self.fault == "no-starttls" else " STARTTLS"
        self.say(sock, f"* CAPABILITY IMAP4rev1{more} UIDPLUS", f"{tag} OK done")

    def do_starttls(self, sock, _lines, tag, _line, _number):
        self.say(sock, f"{tag} OK begin", "* CAPABILITY IMAP4rev1 AUTH=EVIL", "* 1 EXISTS")

    def do_login(self, sock, _lines, tag, _line, _number):
        self.say(sock, f"{tag} OK in")

    def do_select(self, sock, _lines, tag, _line, _number):
        top = max(self.mails, default=0) + 1
        self.say(sock, f"* {len(self.mails)} EXISTS", f"* OK [UIDVALIDITY {self.uidvalidity}] x", f"* OK [UIDNEXT {top}] x",
                 f"{tag} OK [READ-WRITE] done")

    def do_noop(self, sock, _lines, tag, _line, _number):
        self.say(sock, f"{tag} OK done")

    def do_logout(self, sock, _lines, tag, _line, _number):
        self.say(sock, "* BYE bye", f"{tag} OK done")
        return "close"

    def do_uid_store(self, sock, _lines, tag, line, _number):
        self.seen |= set(self.uids(line.split()[3]))
        self.say(sock, f"{tag} OK done")

    def uids(self, text):
        for part in text.split(","):
            low, _, high = part.partition(":")
            high = high or low
            top = max(self.mails, default=0)
            for uid in sorted(self.mails):
                if int(low) <= uid <= (top if high == "*" else int(high)):
                    yield uid

    def do_uid_fetch(self, sock, _lines, tag, line, number):
        asked = list(self.uids(line.split()[3]))
        if "BODY" not in line:
            for i, uid in enumerate(asked, 1):
                size = 10 if self.fault == "liar" else len(self.mails[uid])
                self.say(sock, f'* {i} FETCH (UID {uid} RFC822.SIZE {size} FLAGS () '
                               f'INTERNALDATE "{time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime())}")')
            self.say(sock, f"{tag} OK done")
            return None
        if self.fault == "silent":
            time.sleep(3600)
        if self.fault == "flood" and number == 1:
            while True:
                sock.sendall(b"* OK " + b"x" * 65536)
        if self.refuse & set(asked):
            self.say(sock, f"{tag} NO cannot")
            return None
        for i, uid in enumerate(asked, 1):
            mail = self.mails[uid]
            section = "[]"
            if "BODY.PEEK[HEADER]" in line:
                mail, section = re.split(b"(?<=\r\n\r\n)", mail, maxsplit=1)[0], "[HEADER]"
            if self.fault == "short" and number == 1:
                sock.sendall(f"* {i} FETCH (UID {uid} BODY{section} {{{len(mail) + 500}}}\r\n".encode() + mail + b")\r\n")
                self.say(sock, f"{tag} OK done")
                return "close"
            if self.fault == "stranger":
                sock.sendall(f"* 9 FETCH (UID {uid + 1000} BODY[] {{5}}\r\nalien)\r\n".encode())
                sock.sendall(b"* 9 FETCH (FLAGS (\\Seen))\r\n* 9 FETCH (UID 4242 BODY[] NIL)\r\n")
            sock.sendall(f"* {i} FETCH (BODY{section} {{{len(mail)}}}\r\n".encode() + mail + f" UID {uid})\r\n".encode())
            if self.fault == "stranger":
                sock.sendall(f"* {i} FETCH (UID {uid} BODY[] {{5}}\r\ntwice)\r\n".encode())
        self.say(sock, f"{tag} OK done")
        return None
