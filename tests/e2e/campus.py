"""A private campus for tests: real Dovecot, real Postfix, loopback ports, one
temporary directory; and the desk and the people who write to it.

Nothing here touches the system's own servers: every instance has its own
configuration, queue and ports, is stopped by pid, and leaves nothing behind.
"""
import email
import email.policy
import email.utils
import imaplib
import json
import os
import pwd
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
import urllib.parse
from email.message import EmailMessage
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("CAMPUSDESK_BIN", ROOT / "build" / "bin"))
PASSWORD = "geheim-42"
DESK = "helpdesk@campus.example"


def free_port():
    """Below the range that the kernel gives to clients: there, waiting for a
    server to listen can end in a connection of a socket with itself."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_port(port, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


def wait_for(check, seconds=20, what="it"):
    """The first true value of check(); fails loudly when none comes."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def run(*argv, **kw):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, **kw)


class Authority:
    """A CA of our own; cert(name) makes a server certificate for a host name."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self.folder / "ca.key", "-out", self.ca, "-days", "3650", "-subj", "/CN=Test Campus CA",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def cert(self, host, name=None):
        name = name or host
        key, csr, crt, ext = (self.folder / f"{name}.{e}" for e in ("key", "csr", "pem", "ext"))
        if crt.exists():
            return crt, key
        alt = f"IP:{host}" if host.replace(".", "").isdigit() else f"DNS:{host}"
        ext.write_text(f"subjectAltName={alt}\nextendedKeyUsage=serverAuth\n")
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", csr, "-subj", f"/CN={host}")
        run("openssl", "x509", "-req", "-in", csr, "-CA", self.ca, "-CAkey", self.folder / "ca.key",
            "-CAcreateserial", "-out", crt, "-days", "3650", "-extfile", ext)
        return crt, key


class Dovecot:
    """A private Dovecot: IMAP with STARTTLS, IMAPS, LMTP, and SASL for Postfix."""

    def __init__(self, folder, authority, users, host="localhost", starttls=True, tokens=None):
        """tokens: a TokenServer that says which tokens are good; then XOAUTH2 is offered, too."""
        self.folder = Path(folder)
        self.tokens = tokens
        self.users = users
        self.imap, self.imaps, self.lmtp, self.auth = (free_port() for _ in range(4))
        self.authority, self.host, self.starttls = authority, host, starttls
        self.process = None
        (self.folder / "run").mkdir(parents=True)
        os.chmod(self.folder, 0o755)
        self.write()
        self.start()

    def write(self):
        crt, key = self.authority.cert(self.host)
        (self.folder / "users").write_text("".join(f"{u}:{{PLAIN}}{PASSWORD}::::::\n" for u in self.users))
        os.chmod(self.folder / "users", 0o644)
        home = self.folder / "mail"
        home.mkdir(exist_ok=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        (self.folder / "dovecot.conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = {self.folder}/dovecot.log
listen = 127.0.0.1
protocols = imap lmtp
ssl = {"yes" if self.starttls else "no"}
ssl_cert = <{crt}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login {"xoauth2" if self.tokens else ""}
mail_location = maildir:{home}/%n
mail_fsync = never
mail_max_userip_connections = 100
first_valid_uid = 1
mail_uid = {nobody.pw_uid}
mail_gid = {nobody.pw_gid}
mail_access_groups =
passdb {{
  driver = passwd-file
  args = username_format=%n {self.folder}/users
}}
{self.token_passdb()}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={home}/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = {"yes" if self.starttls else "no"}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {self.auth}
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
protocol lmtp {{
  auth_username_format = %Ln
  recipient_delimiter = +
}}
recipient_delimiter = +
namespace inbox {{
  inbox = yes
}}
""")

    def token_passdb(self):
        if self.tokens is None:
            return ""
        path = self.folder / "oauth2.conf"
        path.write_text(f"introspection_mode = post\nintrospection_url = http://127.0.0.1:{self.tokens.port}/introspect\n"
                        "username_attribute = username\nactive_attribute = active\nactive_value = true\n")
        return f"""passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {path}
}}"""

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_port(self.imap)
        wait_port(self.lmtp)

    def stop(self):
        """The whole group: the master leaves sessions that are open to themselves."""
        if self.process is None:
            return
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sig)
                self.process.wait(3)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self.process = None

    def login(self, user):
        box = imaplib.IMAP4("127.0.0.1", self.imap)
        box.login(user, PASSWORD)
        return box

    def append(self, user, raw, folder="INBOX", flags=None):
        box = self.login(user)
        box.create(folder)
        ok, answer = box.append(folder, flags, None, raw)
        assert ok == "OK", answer
        box.logout()

    def append_many(self, user, raws, folder="INBOX"):
        box = self.login(user)
        for raw in raws:
            ok, answer = box.append(folder, None, None, raw)
            assert ok == "OK", answer
        box.logout()

    def fetch(self, user, folder="INBOX"):
        """[(uid, flags, raw bytes)] of a folder."""
        box = self.login(user)
        ok, _ = box.select(f'"{folder}"', readonly=True)
        if ok != "OK":
            box.logout()
            return []
        ok, data = box.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
        out = []
        for item in data or []:
            if isinstance(item, tuple):
                head = item[0].decode()
                uid = int(head.split("UID ")[1].split()[0])
                out.append((uid, imaplib.ParseFlags(item[0]), item[1]))
        box.logout()
        return out


class Postfix:
    """A private Postfix that takes mail with or without AUTH and delivers every
    address of the given domains to Dovecot by LMTP."""

    def __init__(self, folder, authority, dovecot, domains):
        self.folder = Path(folder)
        self.port = free_port()
        etc, spool, data = (self.folder / n for n in ("etc", "spool", "data"))
        for d in (etc, spool, data):
            d.mkdir(parents=True)
        os.chmod(self.folder, 0o755)
        owner = pwd.getpwnam("postfix")
        os.chown(data, owner.pw_uid, owner.pw_gid)
        crt, key = authority.cert(dovecot.host)
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.campus.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks =
recipient_delimiter = +
virtual_mailbox_domains = {", ".join(domains)}
virtual_transport = lmtp:inet:127.0.0.1:{dovecot.lmtp}
virtual_mailbox_maps = static:all
lmtp_destination_concurrency_limit = 4
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{dovecot.auth}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {crt}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_error_sleep_time = 0
in_flow_delay = 0
message_size_limit = 62428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
maillog_file = {self.folder}/mail.log
maillog_file_prefixes = {self.folder}
default_transport = error:no mail leaves the test campus
smtp_host_lookup = native
lmtp_host_lookup = native
disable_dns_lookups = yes
bounce_queue_lifetime = 1h
""")
        (etc / "master.cf").write_text(f"""
127.0.0.1:{self.port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
""")
        self.etc = etc
        subprocess.run(["/usr/sbin/postfix", "-c", str(etc), "check"], capture_output=True, check=False)
        self.start()

    def start(self):
        run("/usr/sbin/postfix", "-c", self.etc, "start")
        wait_port(self.port)

    def stop(self):
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.etc), "stop"], capture_output=True, check=False)


class Person:
    """Somebody with a mail client and a mailbox on the campus."""

    def __init__(self, campus, address, name):
        self.campus, self.address, self.name = campus, address, name
        self.user = address.split("@")[0].lower()

    def compose(self, subject, text, to=DESK, headers=None, html=None, attachments=()):
        m = EmailMessage(policy=email.policy.SMTP)
        m["From"] = email.utils.formataddr((self.name, self.address))
        m["To"] = to
        m["Subject"] = subject
        m["Date"] = email.utils.formatdate(localtime=True)
        m["Message-ID"] = email.utils.make_msgid(domain=self.address.split("@")[1])
        for k, v in (headers or {}).items():
            m[k] = v
        m.set_content(text)
        if html:
            m.add_alternative(html, subtype="html")
        for name, kind, data in attachments:
            main, sub = kind.split("/")
            m.add_attachment(data, maintype=main, subtype=sub, filename=name)
        return m

    def send(self, subject="", text="", message=None, to=DESK, **kw):
        """Send through the campus's Postfix; the message is returned."""
        m = message if message is not None else self.compose(subject, text, to, **kw)
        raw = m if isinstance(m, bytes) else m.as_bytes()
        rcpt = email.utils.parseaddr(to)[1]
        with smtplib.SMTP("127.0.0.1", self.campus.postfix.port) as s:
            s.sendmail(self.address, [rcpt], raw)
        return m

    def reply(self, original, text, **changes):
        """Answer a mail as a mail client does: Reply-To, In-Reply-To, References, quote."""
        to = original["Reply-To"] or original["From"]
        subject = original["Subject"]
        headers = {"In-Reply-To": original["Message-ID"],
                   "References": " ".join(filter(None, [original["References"], original["Message-ID"]]))}
        quoted = "".join("> " + line + "\n" for line in body(original).splitlines())
        who = email.utils.parseaddr(original["From"])[0]
        m = self.compose(subject if subject.lower().startswith("re:") else "Re: " + subject,
                         f"{text}\n\nOn {original['Date']}, {who} wrote:\n{quoted}", to=to, headers=headers)
        for k, v in changes.items():
            k = k.replace("_", "-")
            del m[k]
            if v is not None:
                m[k] = v
        return self.send(message=m, to=to)

    def inbox(self, folder="INBOX"):
        return [email.message_from_bytes(raw, policy=email.policy.default)
                for _, _, raw in self.campus.dovecot.fetch(self.user, folder)]

    def wait_mail(self, count=1, seconds=20):
        """The inbox, once it holds that many mails."""
        return wait_for(lambda: (lambda box: box if len(box) >= count else None)(self.inbox()), seconds,
                        f"{count} mails for {self.address}")


def body(message):
    part = message.get_body(("plain", "html"))
    return part.get_content() if part is not None else ""


class Desk:
    """One campusdeskd with its own directory, store and configuration."""

    def __init__(self, campus, name="desk", address=DESK, user="helpdesk", settings="", mailbox="", smtp="", mailboxes=None,
                 env=None, url="https://helpdesk.campus.example"):
        self.campus, self.address, self.user = campus, address, user
        self.folder = campus.folder / name
        self.folder.mkdir()
        self.conf = self.folder / "campusdesk.conf"
        self.store = self.folder / "desk.db"
        self.env = dict(os.environ, **(env or {}))
        self.process = self.web = None
        self.url = url
        self.log = self.folder / "daemon.log"
        self.write(settings, mailbox, smtp, mailboxes)

    def server(self, user=None, extra=""):
        return (f'user = "{user or self.user}"; password-file = "{self.secret_file()}"; '
                f'ca-file = "{self.campus.authority.ca}"; {extra}')

    def secret_file(self):
        path = self.folder / "password"
        if not path.exists():
            path.write_text(PASSWORD + "\n")
            path.chmod(0o600)
        return path

    def write(self, settings="", mailbox="", smtp="", mailboxes=None):
        imap = f"imap://{self.campus.dovecot.host}:{self.campus.dovecot.imap}/INBOX"
        if mailboxes is None:
            mailboxes = f'inbox = {{ imap = "{imap}"; start = "all"; poll-interval = 1; {self.server()} {mailbox} }};'
        smtp = smtp or (f'url = "smtp://{self.campus.dovecot.host}:{self.campus.postfix.port}"; '
                        f'retry-first = 1; {self.server()}')
        self.conf.write_text(f"""
desk = {{ name = "Campus Helpdesk"; address = "{self.address}"; url = "{self.url}"; time-zone = "Europe/Berlin"; }};
store = {{ url = "sqlite:{self.store}"; }};
mailbox = {{ {mailboxes} }};
smtp = {{ {smtp} }};
{settings}
""")
        self.conf.chmod(0o640)

    def start(self, ready=True, seconds=20, env=None):
        self.log.touch()
        start = self.log.stat().st_size
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(BIN / "campusdeskd"), "-c", str(self.conf)], stderr=log, stdout=log,
                                            env=dict(self.env, **(env or {})), start_new_session=True)
        if ready:
            wait_for(lambda: b"ready" in self.log.read_bytes()[start:] or self.process.poll() is not None, seconds,
                     "ready")
            if self.process.poll() is not None:
                raise AssertionError(f"campusdeskd ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
        return self

    def start_web(self, seconds=20):
        """campusdesk-web at web.listen, which url (http://HOST:PORT) names; its log is web.log."""
        at = urllib.parse.urlsplit(self.url)
        with open(self.folder / "web.log", "ab") as log:
            self.web = subprocess.Popen([str(BIN / "campusdesk-web"), "-c", str(self.conf)], stderr=log, stdout=log,
                                        env=self.env, start_new_session=True)

        def answers():
            if self.web.poll() is not None:
                raise AssertionError(f"campusdesk-web ended with {self.web.returncode}:\n"
                                     f"{(self.folder / 'web.log').read_text()[-3000:]}")
            try:
                socket.create_connection((at.hostname, at.port), 1).close()
                return True
            except OSError:
                return False
        wait_for(answers, seconds, "campusdesk-web to listen")

    def stop_web(self, sig=signal.SIGTERM):
        if self.web is None:
            return None
        if self.web.poll() is None:
            self.web.send_signal(sig)
        code = self.web.wait(15)
        self.web = None
        return code

    def login_link(self, address):
        """A link that logs this person in once."""
        return next(w for w in self.cli("login-link", address).stdout.split() if "/login/" in w)

    def kill(self, sig=signal.SIGKILL):
        """End it; after SIGKILL its children go by themselves."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
        if self.process:
            self.process.wait(15)
        code = self.process.returncode if self.process else None
        self.process = None
        return code

    def stop(self):
        return self.kill(signal.SIGTERM)

    def cli(self, *args, input=None, check=True, env=None):
        p = subprocess.run([str(BIN / "campusdesk"), "-c", str(self.conf), *map(str, args)], input=input,
                           capture_output=True, env=dict(self.env, **(env or {})), timeout=120,
                           text=not isinstance(input, bytes))
        if check and p.returncode != 0:
            raise AssertionError(f"campusdesk {' '.join(map(str, args))}: exit {p.returncode}\n{p.stdout}\n{p.stderr}")
        return p

    def json(self, *args, check=True, env=None):
        """The objects a list prints, one a line."""
        out = self.cli("--json", *args, check=check, env=env).stdout
        return [json.loads(line) for line in out.splitlines() if line.strip()]

    def staff(self, address, name, role="staff", **kw):
        extra = [x for k, v in kw.items() for x in ("--" + k, v)]
        self.cli("staff", "add", address, "--name", name, "--role", role, *extra)

    def tickets(self, view="all"):
        return self.json("ticket", "list", "--view", view)

    def show(self, number):
        return self.json("ticket", "show", number)[0]

    def wait_tickets(self, count, view="all", seconds=20):
        return wait_for(lambda: (lambda t: t if len(t) >= count else None)(self.tickets(view)), seconds,
                        f"{count} tickets")

    def logged(self, text):
        return text in self.log.read_text(errors="replace")


class Campus:
    """All of it in one temporary directory; a context manager."""

    open = []          # those that are up now
    domains = ("campus.example", "students.example", "elsewhere.example", "other.example")

    def __init__(self, users=("helpdesk", "second", "other", "jo", "ann", "eve", "mia", "max", "root"), tokens=None):
        self.folder = Path(tempfile.mkdtemp(prefix="campus-"))
        os.chmod(self.folder, 0o755)
        self.desks = []
        Campus.open.append(self)
        try:
            self.authority = Authority(self.folder / "tls")
            self.dovecot = Dovecot(self.folder / "dovecot", self.authority, users, tokens=tokens)
            self.postfix = Postfix(self.folder / "postfix", self.authority, self.dovecot, self.domains)
        except BaseException:
            self.close()
            raise
        self.jo = Person(self, "jo@students.example", "Jo Doe")
        self.ann = Person(self, "ann@students.example", "Ann Lee")
        self.eve = Person(self, "eve@elsewhere.example", "Eve")
        self.mia = Person(self, "mia@campus.example", "Mia Adler")
        self.max = Person(self, "max@campus.example", "Max Braun")

    def desk(self, *args, **kw):
        d = Desk(self, *args, **kw)
        self.desks.append(d)
        return d

    def close(self):
        if self in Campus.open:
            Campus.open.remove(self)
        for d in self.desks:
            d.stop_web(signal.SIGKILL)
            d.kill()
        for name in ("postfix", "dovecot"):
            server = getattr(self, name, None)
            if server is not None:
                server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


