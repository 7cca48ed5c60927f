"""An SMTP server that follows a script, for what a real one does not do when
asked: refuse at a chosen stage, break off, stall, offer no STARTTLS.

    server = ScriptedSmtp(authority)
    server.rule = lambda at: "451 later" if at.stage == "rcpt" and at.mail == 1 else None

The rule is asked at each stage (greet, ehlo, starttls, auth, mail, rcpt, data,
body, end) and gives an answer to send, DROP, STALL, or None for the usual one.
`body` is asked after the first line of the mail, `end` after its last.
"""
import base64
import email
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

from campus import free_port

DROP, STALL = object(), object()


@dataclass
class At:
    """Where a dialogue stands when the rule is asked."""
    stage: str
    connection: int     # 1, 2, … since the server was made
    mail: int           # 1, 2, … MAIL commands since then
    line: str = ""


@dataclass
class Taken:
    """A mail of which the server has seen the end."""
    sender: str
    to: str
    raw: bytes
    accepted: bool      # and said so
    began: float = 0.0  # its MAIL command, by the monotonic clock
    when: float = field(default_factory=time.monotonic)

    @property
    def message(self):
        return email.message_from_bytes(self.raw)

    @property
    def message_id(self):
        return self.message["Message-ID"].strip()


class ScriptedSmtp:
    def __init__(self, authority, host="localhost", starttls=True, inject="", port=0):
        self.rule = lambda at: None
        self.starttls, self.inject = starttls, inject
        self.host = host
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*authority.cert(host))
        self.taken, self.seen, self.logins = [], [], []
        self.connections = self.mails = 0
        self.lock = threading.Lock()
        self.open = set()
        self.listen(port)

    def listen(self, port=0):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # little is taken on credit, so that a break in the body is one
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.socket.bind(("127.0.0.1", port or free_port()))
        self.socket.listen(50)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                dialogue = Dialogue(self, connection, self.connections)
                self.open.add(dialogue)
            threading.Thread(target=self.serve, args=(dialogue,), daemon=True).start()

    def drop_all(self):
        """Every connection breaks."""
        with self.lock:
            dialogues = list(self.open)
        for d in dialogues:
            d.drop()

    def close(self):
        """Nobody listens any more, and every connection breaks."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.drop_all()

    def again(self):
        """Listen on the same port as before."""
        self.listen(self.port)

    def serve(self, dialogue):
        try:
            dialogue.run()
        except (OSError, ssl.SSLError):
            pass
        dialogue.drop()
        with self.lock:
            self.open.discard(dialogue)

    def ids(self, accepted=None):
        """Message-IDs of what was taken, in order."""
        with self.lock:
            return [t.message_id for t in self.taken if accepted is None or t.accepted == accepted]


class Over(OSError):
    pass


class Dialogue:
    def __init__(self, server, connection, number):
        self.server, self.socket, self.number = server, connection, number
        self.file = connection.makefile("rb")
        self.tls, self.sender, self.to, self.began = False, None, None, 0.0

    def drop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.file.close()
        self.socket.close()

    def ask(self, stage, usual, line=""):
        """Say what the rule wants said at this stage: True when it was the usual."""
        with self.server.lock:
            at = At(stage, self.number, self.server.mails, line)
        answer = self.server.rule(at)
        if answer is DROP:
            raise Over
        if answer is STALL:
            self.socket.recv(1)         # until the client goes
            raise Over
        if answer is None and usual is None:
            return True
        text = usual if answer is None else answer
        self.socket.sendall((text + "\r\n").encode())
        return answer is None

    def run(self):
        if not self.ask("greet", "220 mail.campus.example ESMTP"):
            return
        while True:
            line = self.file.readline(4096).decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                return
            with self.server.lock:
                self.server.seen.append((self.tls, line))
            verb = line.split(" ")[0].split(":")[0].upper()
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None:
                self.socket.sendall(b"502 what?\r\n")
            elif handler(line):
                return

    def do_ehlo(self, line):
        offers = ["SIZE 50000000", "8BITMIME"]
        if self.tls or not self.server.starttls:
            offers.append("AUTH PLAIN LOGIN")
        if self.server.starttls and not self.tls:
            offers.append("STARTTLS")
        lines = ["mail.campus.example", *offers]
        self.ask("ehlo", "\r\n".join(f"250{'-' if i < len(lines) - 1 else ' '}{o}" for i, o in enumerate(lines)), line)

    def do_starttls(self, line):
        if not self.ask("starttls", "220 go" + self.server.inject, line):
            return False
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.tls = True
        return False

    def do_auth(self, line):
        words = line.split(" ")
        if words[1] == "PLAIN" and len(words) > 2:
            _, user, password = base64.b64decode(words[2]).decode().split("\0")
            with self.server.lock:
                self.server.logins.append((self.tls, user, password))
        self.ask("auth", "235 welcome", line)

    def do_mail(self, line):
        with self.server.lock:
            self.server.mails += 1
        self.sender = line.split("<")[1].split(">")[0]
        self.began = time.monotonic()
        self.ask("mail", "250 sender", line)

    def do_rcpt(self, line):
        self.to = line.split("<")[1].split(">")[0]
        self.ask("rcpt", "250 recipient", line)

    def do_data(self, line):
        if not self.ask("data", "354 go ahead", line):
            return
        lines = []
        while True:
            text = self.file.readline(1 << 20)
            if not text:
                raise Over
            if text == b".\r\n":
                break
            lines.append(text[1:] if text.startswith(b".") else text)
            if len(lines) == 1:
                self.ask("body", None)
        taken = Taken(self.sender, self.to, b"".join(lines), False, self.began)
        with self.server.lock:
            self.server.taken.append(taken)
        taken.accepted = True           # undone where the rule says otherwise
        try:
            if not self.ask("end", f"250 2.0.0 queued as {len(self.server.taken)}"):
                taken.accepted = False
        except OSError:
            taken.accepted = False
            raise

    def do_rset(self, line):
        self.socket.sendall(b"250 ok\r\n")

    do_noop = do_rset

    def do_quit(self, line):
        self.socket.sendall(b"221 bye\r\n")
        return True
