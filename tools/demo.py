"""The demo: a private campus, a dozen mails, a crash, a staff answer, a forger.

Everything is real (Dovecot, Postfix, the programs just built) and private:
loopback ports, one temporary directory, gone at the end. Each line that is
printed with a tick was checked. Then it stays, with a login link for each
role, until Ctrl-C; with --once it ends by itself. Ends with 0, or with 1 and
what was wrong.
"""
import argparse
import email.message
import email.utils
import http.client
import os
import re
import signal
import struct
import sys
import textwrap
import time
import urllib.parse
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import campus as c  # noqa: E402

START = time.monotonic()
COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ
checked = 0


def coloured(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def bold(text):
    return coloured(text, "1")


def chapter(text):
    print(f"\n{bold(text)}", flush=True)


def tell(text):
    print(textwrap.fill(text, 78, initial_indent="  ", subsequent_indent="  "), flush=True)


def writes(number, who, what):
    """One mail of the morning: its number, who writes, and what."""
    print(f"  {number:2}  {coloured(f'{who:<14}', '36')} {what}", flush=True)


def happens(text):
    """What befalls the daemon."""
    print(coloured(f"      {text}", "33"), flush=True)


def sure(truth, text):
    """One checked sentence of the story."""
    global checked
    if not truth:
        raise AssertionError(f"not so: {text}")
    checked += 1
    mark = "✓" if (sys.stdout.encoding or "").lower().startswith("utf") else "+"
    filled = textwrap.fill(text, 78, initial_indent=f"  {mark} ", subsequent_indent="    ")
    print(filled.replace(mark, coloured(mark, "32"), 1), flush=True)


def lines(message, n):
    """The first paragraphs of a mail, as its reader sees them."""
    for line in [x for x in c.body(message).splitlines() if x.strip()][:n]:
        print(coloured(textwrap.fill(line.strip(), 78, initial_indent="      | ", subsequent_indent="      | "), "2"),
              flush=True)


def raw(who, subject, headers, text, charset="utf-8", to=c.DESK):
    """A mail as bytes, its headers as given."""
    head = (f"From: {who.name} <{who.address}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Date: {email.utils.formatdate(localtime=True)}\r\n"
            f"Message-ID: {email.utils.make_msgid(domain=who.address.split('@')[1])}\r\n{headers}\r\n")
    return head.encode() + text.replace("\n", "\r\n").encode(charset)


def photo(width=480, height=320):
    """A radiator as a PNG file: white ribs before a grey wall."""
    def rib(x, y):
        return 235 - abs(x % 40 - 20) * 5 if 40 < x < 440 and 60 < y < 280 else 120
    rows = b"".join(b"\0" + bytes(rib(x, y) for x in range(width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


PHOTO = photo()


def the_mails(k):
    """The mails of an ordinary morning: (who, what, how to send it)."""
    lena = c.Person(k, "lena@gone.example", "Lena Berg")
    flyer = c.Person(k, "news@elsewhere.example", "Campus News")
    both = "helpdesk@campus.example, facilities@campus.example"
    twice = raw(k.ann, "The lamp in the stairs is broken", "", "It flickers since Friday. Second floor.\nAnn\n", to=both)

    def to_both():
        k.ann.send(message=twice, to="helpdesk@campus.example")
        k.ann.send(message=twice, to="facilities@campus.example")

    return [
        ("Jo", "the Wi-Fi is down", lambda: k.jo.send(
            "Wi-Fi is down", "Hello,\n\nthe wifi in Library 2.14 is down since Monday.\n\nJo\n")),
        ("Ann", "a cold radiator, with a photo", lambda: k.ann.send(
            "It is cold here", "The radiator in room B-301 is cold.\n\nAnn\n",
            attachments=[("radiator.png", "image/png", PHOTO)])),
        ("Jo", "words that look like a command", lambda: k.jo.send(
            "My laptop complains", "/dev/sda is full, it says, and my laptop hardly starts.\nJo\n")),
        ("Ann", "in German, in an old charset", lambda: k.ann.send(message=raw(
            k.ann, "=?iso-8859-1?Q?Schl=FCssel_f=FCr_die_T=FCr?=",
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
            "Grüße! Der Schlüssel zur window-Seite der Küche fehlt.\n", "iso-8859-1"))),
        ("Ann", "an out-of-office answer", lambda: k.ann.send(message=raw(
            k.ann, "Automatic reply: away", "Auto-Submitted: auto-replied\r\n", "I am back on Monday.\n"))),
        ("Campus News", "a newsletter", lambda: flyer.send(message=raw(
            flyer, "Campus news 47", "List-Id: <news.elsewhere.example>\r\nPrecedence: bulk\r\n", "Ten things to do.\n"))),
        ("Eve", "what the mail server calls spam", lambda: k.eve.send(message=raw(
            k.eve, "You have won", "X-Spam-Flag: YES\r\n", "Click here.\n"))),
        ("Ann", "one mail to two of the desk's addresses", to_both),
        ("Lena", "whose address does not exist: her answer will bounce", lambda: lena.send(
            "VPN", "Hello, how do I set up the vpn?\nLena\n")),
        ("Jo", "a mail that crashes mail programs", lambda: k.jo.send(message=raw(
            k.jo, "Strange mail", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"\\\"\"\r\n",
            "--\"\r\n\r\nmy printer is strange\r\n--\"--\r\n"))),
        ("Eve", "a stranger, types Jo's ticket number", lambda: k.eve.send("[#1] me too", "Tell me what Jo wrote.\n")),
        ("Jo", "a mail that is only HTML", lambda: k.jo.send(message=raw(
            k.jo, "Projector", "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n",
            "<html><head><style>p { color: red }</style></head><body><p>The projector in <b>Hall&nbsp;1</b> shows only"
            " green.</p>\n<ul><li>cable changed</li><li>lamp is new</li></ul><p>Jo</p></body></html>\n"))),
    ]


def a_morning(k, desk):
    chapter("A dozen mails come in, and the daemon is shot in between")
    mails = the_mails(k)
    for i, (who, what, send) in enumerate(mails):
        writes(i + 1, who, what)
        sent = send()
        if i == 0:
            desk.asked = sent
            desk.wait_tickets(1)
        if i == 6:
            desk.kill(signal.SIGKILL)
            happens("kill -9: campusdeskd is gone; the mail server takes the next mails")
    desk.start()
    happens("campusdeskd is started again")
    c.wait_for(lambda: len(desk.tickets()) >= 10 and len(desk.tickets("spam")) >= 1 and desk.json("filed", "list"), 40,
               "all mails to be taken in")
    tickets = {t["subject"]: t for t in desk.tickets()}
    for t in sorted(tickets.values(), key=lambda t: t["number"]):
        print(f"      #{t['number']:<3} {t['category']:<11} {t['subject'][:52]}", flush=True)
    sure(len(desk.tickets()) == len(tickets) == 10, "ten tickets, each exactly once, in spite of the crash")
    sure(tickets["It is cold here"]["category"] == "facilities", "the cold radiator went to Facilities by its words")
    sure(tickets["The lamp in the stairs is broken"], "the mail to two addresses is one ticket")
    sure("Schlüssel für die Tür" in tickets, "umlauts of an old charset arrived whole")
    cold = desk.show(tickets["It is cold here"]["number"])["messages"][0]
    sure(cold["attachments"][0]["name"] == "radiator.png" and cold["attachments"][0]["size"] == len(PHOTO),
         "the photo is kept, byte for byte")
    green = desk.show(tickets["Projector"]["number"])["messages"][0]["text"]
    sure("The projector in Hall\u00a01 shows only green." in green.replace("Hall 1", "Hall\u00a01") and "color" not in green,
         "the HTML mail reads as its writer saw it")
    sure("/dev/sda is full" in desk.show(tickets["My laptop complains"]["number"])["messages"][0]["text"],
         "\"/dev/sda is full\" is a report, not a command")
    sure([t["subject"] for t in desk.tickets("spam")] == ["You have won"], "spam stands apart, unanswered")
    sure(desk.json("filed", "list")[0]["kind"] == "auto-reply", "the out-of-office answer made no ticket")
    own = desk.show(tickets["[#1] me too"]["number"])
    sure(own["requester"]["address"] == k.eve.address and len(own["messages"]) == 1,
         "the stranger has a ticket of her own, and learns nothing of Jo's")
    return tickets


def wait_told(person, words, what):
    """The first mail in a mailbox that says these words."""
    return c.wait_for(lambda: next((m for m in person.inbox() if words in c.body(m)), None), 60, what)


def acknowledged(k, desk):
    chapter("Each person gets one acknowledgement, machines none")
    jo, ann, eve = k.jo.wait_mail(4), k.ann.wait_mail(3), k.eve.wait_mail(1)
    lines(jo[0], 3)
    sure((len(jo), len(ann), len(eve)) == (4, 3, 1), "Jo has four, Ann three, the stranger one")
    sure(all(m["Auto-Submitted"] == "auto-replied" for m in jo + ann + eve), "each says that a machine wrote it")
    sure("Wi-Fi" not in jo[0]["Subject"] and "Library" not in c.body(jo[0]),
         "nothing proves who wrote, so nothing they wrote is sent back")
    lost = wait_told(k.mia, "did not reach lena@gone.example", "word of Lena's mail")
    sure("user" in c.body(lost) or "rejected" in c.body(lost),
         "Lena's cannot be delivered: noted on her ticket, and Mia is told why, once")


SECRET = "He shared his password with the whole dormitory, his account is blocked until Thursday."


def staff_at_work(k, desk, number):
    chapter("Mia answers from her own mail program")
    told = wait_told(k.mia, "Library 2.14 is down", "Mia's notification")
    lines(told, 2)
    sure(c.body(told).startswith("Your answer goes to Jo Doe."), "the first line says who will read her answer")
    first = desk.asked["Message-ID"]
    began = time.monotonic()
    k.mia.reply(told, "Hello Jo,\n\nwe restarted the access point. Better now?\n\nMia")
    answer = wait_told(k.jo, "restarted the access point", "Mia's answer at Jo's")
    seconds = time.monotonic() - began
    sure(first in answer["References"] and answer["In-Reply-To"] == first,
         f"Jo has the answer {seconds:.1f} s later, in the thread of her first mail")
    sure(email.utils.parseaddr(answer["From"])[0] == "Mia Adler via Campus Helpdesk", "from \"Mia Adler via Campus Helpdesk\"")
    sure(desk.show(number)["assignee"]["address"] == k.mia.address, f"#{number} is Mia's now, and active")

    chapter("A note stays inside, even when somebody quotes it")
    k.mia.reply(told, f"!note\n{SECRET}")
    c.wait_for(lambda: [m for m in desk.show(number)["messages"] if m["visibility"] == "note"], what="the note")
    sure(True, "Mia wrote an internal note (!note)")
    before = len(k.jo.inbox())
    k.mia.reply(told, f"Hello Jo, you see:\n{SECRET}\nSo please come by.")
    refusal = wait_told(k.mia, "was not sent", "the refusal")
    lines(refusal, 4)
    sure(len(k.jo.inbox()) == before, "an answer that quotes the note was not sent; Mia is told, and may say \"send\"")
    return answer


def forged(k, desk, number):
    chapter("Somebody pretends to be Mia")
    before = len(k.jo.inbox())
    forger = c.Person(k, k.mia.address, k.mia.name)
    forger.send(f"[#{number}] Wi-Fi is down", "Please send your password to eve@elsewhere.example.\n")
    asked = wait_told(k.mia, "Did you write the words below?", "the question to Mia")
    lines(asked, 2)
    held = [m for m in desk.show(number)["messages"] if m["visibility"] == "held"]
    sure(len(held) == 1 and len(k.jo.inbox()) == before, "the forged answer is held, Jo gets nothing, the real Mia is asked")


def the_end(k, desk, number, answer):
    chapter("Jo is content; then again not")
    k.jo.reply(answer, "Yes! But room 2.15 is still dark.")
    wait_told(k.mia, "2.15 is still dark", "Jo's answer at Mia's")
    sure(True, "Jo's answer is on the ticket, and at Mia's")
    desk.cli("ticket", "close", number, "Room 2.15 works again, too.", "--as", k.mia.address)
    closed = wait_told(k.jo, "2.15 works again", "the closing at Jo's")
    sure(desk.show(number)["status"] == "closed", "Mia closed it from the terminal")
    n = len(desk.show(number)["messages"])
    k.jo.reply(closed, "Thank you very much!")
    c.wait_for(lambda: len(desk.show(number)["messages"]) > n, what="the thanks")
    sure(desk.show(number)["status"] == "closed", "thanks do not open it again")
    k.jo.reply(closed, "Oh no, it is down again. Can you look?")
    c.wait_for(lambda: desk.show(number)["status"] == "active", what="the reopening")
    sure(True, "a question does")


class Browser:
    """One person's browser: what /login/TOKEN gave it, and pages."""

    def __init__(self, desk, address):
        self.at = urllib.parse.urlsplit(desk.url)
        self.cookie = ""
        link = urllib.parse.urlsplit(desk.login_link(address))
        status, page = self.ask("GET", link.path)
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        self.logged_in = status == 200 and self.ask("POST", link.path, urllib.parse.urlencode(form))[0] == 303

    def ask(self, method, path, form=None):
        """(status, page) of a request."""
        to = http.client.HTTPConnection(self.at.hostname, self.at.port, timeout=10)
        headers = {"Cookie": self.cookie, "Origin": f"{self.at.scheme}://{self.at.netloc}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        to.request(method, path, form, headers)
        answer = to.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = cookie.split(";")[0]
        to.close()
        return answer.status, page

    def get(self, path):
        return self.ask("GET", path)


def the_pages(k, desk, number, eves):
    chapter("The pages: who sees what")
    desk.start_web()
    tell(f"campusdesk-web at {desk.url}, reading only")
    nobody = http.client.HTTPConnection(urllib.parse.urlsplit(desk.url).netloc, timeout=10)
    nobody.request("GET", f"/tickets/{number}")
    sure(nobody.getresponse().status == 303, "who is not logged in is sent to the login")
    jo, mia, max_ = (Browser(desk, p.address) for p in (k.jo, k.mia, k.max))
    sure(jo.logged_in and mia.logged_in and max_.logged_in, "Jo, Mia and Max (a manager) log in by a link")
    own, staffs = jo.get(f"/tickets/{number}"), mia.get(f"/tickets/{number}")
    sure(own[0] == staffs[0] == 200 and "Library 2.14" in own[1] and "Library 2.14" in staffs[1],
         "Jo sees her ticket, and so does Mia")
    sure(SECRET in staffs[1] and SECRET not in own[1], "Mia reads her note there; Jo's page does not have it")
    sure(jo.get(f"/tickets/{eves}")[0] == 404, "the stranger's ticket does not exist for Jo")
    lists = max_.get("/tickets?view=all")[1], jo.get("/tickets?view=all")[1]
    sure("me too" in lists[0] and "me too" not in lists[1], "the manager's list has all tickets, Jo's only hers")


def the_books(desk):
    chapter("The books")
    head = desk.cli("audit", "verify").stdout.strip().splitlines()[-1]
    sure(True, f"the chain of events holds: {head[:50]}")
    stuck = c.wait_for(lambda: not [o for o in desk.json("outbox", "list") if o["state"] in ("queued", "sending")], 20,
                       "the outbox to be empty")
    sure(stuck, "nothing waits in the outbox")
    desk.cli("reconcile")
    sure(True, "every mail on the server is accounted for")
    sure(desk.stop() == 0, "campusdeskd stopped cleanly")


def told(k, desk):
    desk.start()
    sure(desk.process.poll() is None, "campusdeskd is ready; Mia Adler is staff")
    tickets = a_morning(k, desk)
    number = tickets["Wi-Fi is down"]["number"]
    acknowledged(k, desk)
    answer = staff_at_work(k, desk, number)
    forged(k, desk, number)
    the_end(k, desk, number, answer)
    the_pages(k, desk, number, tickets["[#1] me too"]["number"])
    the_books(desk)
    return number


HINTS = """
  {log_in}
{links}
      (ten minutes each; another: {cli} login-link ADDRESS)

  In another terminal:
      {cli} ticket list
      {cli} ticket show {number}
      {cli} ticket reply {number} "It works again." --as {mia}
      {cli} why {number}

  Any mail program: IMAP 127.0.0.1:{imap}, SMTP 127.0.0.1:{smtp}, user jo or
  mia, password {password}. Or a whole mail from a file, through its own pipe:
      {cli} deliver < mail.eml

  Nothing here proves who sends a mail. So what Mia's buttons prepare waits
  until she answers the desk's question "Did you write this?"; her answers to
  the desk's own mails count at once. (authserv-id in the configuration)
"""


def stay(k, desk, number):
    """The desk goes on until Ctrl-C."""
    desk.start()
    roles = (("Jo, a student", k.jo), ("Mia, staff", k.mia), ("Max, manager", k.max), ("Rosa, admin", k.rosa))
    sudo = "sudo " if "SUDO_USER" in os.environ else ""
    chapter("The desk stays open")
    print(HINTS.format(
        log_in=f"Log in at {coloured(desk.url, '1;4')} as",
        links="\n".join(f"      {who:<14} {coloured(desk.login_link(p.address), '4')}" for who, p in roles),
        cli=f"{sudo}build/bin/campusdesk -c {desk.conf}", number=number, mia=k.mia.address, imap=k.dovecot.imap,
        smtp=k.postfix.port, password=c.PASSWORD), flush=True)
    print(bold("  Ctrl-C ends all of it."), flush=True)
    try:
        while desk.process.poll() is None and desk.web.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print()
        return
    raise AssertionError("a program of the desk ended by itself")


def story(once):
    chapter("A private campus")
    with c.Campus(users=("helpdesk", "facilities", "jo", "ann", "eve", "mia", "max")) as k:
        tell(f"Dovecot on port {k.dovecot.imap}, Postfix on {k.postfix.port}, all of it in {k.folder}")
        imap = f"imap://{k.dovecot.host}:{k.dovecot.imap}/INBOX"
        desk = k.desk(mailboxes="x")
        at = f"127.0.0.1:{c.free_port()}"
        desk.url = f"http://{at}"
        box = 'imap = "%s"; start = "all"; poll-interval = 1; %s'
        desk.write(mailboxes=f'inbox = {{ {box % (imap, desk.server())} }}; '
                             f'facilities = {{ {box % (imap, desk.server("facilities"))} category = "facilities"; }};',
                   settings='web = { listen = "%s"; };\n' % at + '''category = {
  it = { title = "IT"; keywords = [ "wifi", "vpn", "laptop", "projector", "printer" ]; };
  facilities = { title = "Facilities"; address = "facilities@campus.example"; keywords = [ "radiator", "lamp", "window" ]; };
};''')
        k.rosa = c.Person(k, "rosa@campus.example", "Rosa Lind")
        for person, role in ((k.mia, "staff"), (k.max, "manager"), (k.rosa, "admin")):
            desk.staff(person.address, person.name, role)
        try:
            number = told(k, desk)
            if not once:
                said()
                stay(k, desk, number)
        except (AssertionError, LookupError):
            print("\nThe daemon's last words:\n" + desk.log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        folder = k.folder
    sure(not folder.exists(), "nothing is left behind")


def said():
    print(f"\n{bold('All went well')}: {checked} things checked in {time.monotonic() - START:.0f} s.", flush=True)


def main():
    options = argparse.ArgumentParser(description="A whole campus at work, told as a story.")
    options.add_argument("--once", action="store_true", help="end after the story instead of staying until Ctrl-C")
    once = options.parse_args().once
    sys.stdout.reconfigure(errors="replace")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    try:
        story(once)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 1
    except (AssertionError, OSError, LookupError, TimeoutError) as fault:
        print(f"\n{bold('The story went wrong')}: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    if once:
        said()
    return 0


if __name__ == "__main__":
    sys.exit(main())
