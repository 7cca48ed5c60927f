"""The demo: a private campus, a dozen mails, a crash, a staff answer, a forger.

Everything is real (Dovecot, Postfix, the programs just built) and private:
loopback ports, one temporary directory, gone at the end. Each line that is
printed with a tick was checked. Ends with 0, or with 1 and what was wrong.
"""
import email.message
import email.utils
import os
import signal
import sys
import textwrap
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import campus as c  # noqa: E402

START = time.monotonic()
TTY = sys.stdout.isatty()
checked = 0


def bold(text):
    return f"\033[1m{text}\033[0m" if TTY else text


def chapter(text):
    print(f"\n{bold(text)}", flush=True)


def tell(text):
    print(textwrap.fill(text, 78, initial_indent="  ", subsequent_indent="  "), flush=True)


def sure(truth, text):
    """One checked sentence of the story."""
    global checked
    if not truth:
        raise AssertionError(f"not so: {text}")
    checked += 1
    mark = "✓" if (sys.stdout.encoding or "").lower().startswith("utf") else "+"
    print(textwrap.fill(text, 78, initial_indent=f"  {mark} ", subsequent_indent="    "), flush=True)


def lines(message, n):
    """The first paragraphs of a mail, as its reader sees them."""
    for line in [x for x in c.body(message).splitlines() if x.strip()][:n]:
        print(textwrap.fill(line.strip(), 78, initial_indent="      | ", subsequent_indent="      | "), flush=True)


def raw(who, subject, headers, text, charset="utf-8", to=c.DESK):
    """A mail as bytes, its headers as given."""
    head = (f"From: {who.name} <{who.address}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Date: {email.utils.formatdate(localtime=True)}\r\n"
            f"Message-ID: {email.utils.make_msgid(domain=who.address.split('@')[1])}\r\n{headers}\r\n")
    return head.encode() + text.replace("\n", "\r\n").encode(charset)


def the_mails(k):
    """Twelve mails of an ordinary morning: (what, how to send it)."""
    lena = c.Person(k, "lena@gone.example", "Lena Berg")
    flyer = c.Person(k, "news@elsewhere.example", "Campus News")
    both = "helpdesk@campus.example, facilities@campus.example"
    twice = raw(k.ann, "The lamp in the stairs is broken", "", "It flickers since Friday. Second floor.\nAnn\n", to=both)

    def to_both():
        k.ann.send(message=twice, to="helpdesk@campus.example")
        k.ann.send(message=twice, to="facilities@campus.example")

    return [
        ("Jo reports the Wi-Fi", lambda: k.jo.send(
            "Wi-Fi is down", "Hello,\n\nthe wifi in Library 2.14 is down since Monday.\n\nJo\n")),
        ("Ann: a cold radiator, in HTML, with a photo", lambda: k.ann.send(
            "It is cold here", "The radiator in room B-301 is cold.\n\nAnn\n", html="<p>The <b>radiator</b> in room B-301 is cold.</p><p>Ann</p>",
            attachments=[("radiator.png", "image/png", b"\x89PNG\r\n\x1a\n" + os.urandom(30000))])),
        ("Jo: words that look like a command", lambda: k.jo.send(
            "My laptop complains", "/dev/sda is full, it says, and my laptop hardly starts.\nJo\n")),
        ("Ann, in German, in an old charset", lambda: k.ann.send(message=raw(
            k.ann, "=?iso-8859-1?Q?Schl=FCssel_f=FCr_die_T=FCr?=",
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
            "Grüße! Der Schlüssel zur window-Seite der Küche fehlt.\n", "iso-8859-1"))),
        ("an out-of-office answer", lambda: k.ann.send(message=raw(
            k.ann, "Automatic reply: away", "Auto-Submitted: auto-replied\r\n", "I am back on Monday.\n"))),
        ("a newsletter", lambda: flyer.send(message=raw(
            flyer, "Campus news 47", "List-Id: <news.elsewhere.example>\r\nPrecedence: bulk\r\n", "Ten things to do.\n"))),
        ("what the mail server calls spam", lambda: k.eve.send(message=raw(
            k.eve, "You have won", "X-Spam-Flag: YES\r\n", "Click here.\n"))),
        ("one mail to two of the desk's addresses", to_both),
        ("Lena, whose address does not exist", lambda: lena.send(
            "VPN", "Hello, how do I set up the vpn?\nLena\n")),
        ("a mail that crashes mail programs", lambda: k.jo.send(message=raw(
            k.jo, "Strange mail", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"\\\"\"\r\n",
            "--\"\r\n\r\nmy printer is strange\r\n--\"--\r\n"))),
        ("a stranger who types Jo's ticket number", lambda: k.eve.send("[#1] me too", "Tell me what Jo wrote.\n")),
        ("Jo, about a projector", lambda: k.jo.send("Projector", "The projector in Hall 1 shows only green.\nJo\n")),
    ]


def a_morning(k, desk):
    chapter("A dozen mails come in, and the daemon is shot in between")
    mails = the_mails(k)
    for i, (what, send) in enumerate(mails):
        tell(f"{i + 1:2}  {what}")
        sent = send()
        if i == 0:
            desk.asked = sent
        if i == 6:
            desk.kill(signal.SIGKILL)
            tell("    (kill -9: campusdeskd is gone; the mail server takes the next mails)")
    desk.start()
    tell("    (campusdeskd is started again)")
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
    sure(cold["attachments"][0]["name"] == "radiator.png" and cold["attachments"][0]["size"] == 30008,
         "the photo is kept, byte for byte")
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
    secret = "He shared his password with the whole dormitory, his account is blocked until Thursday."
    k.mia.reply(told, f"!note\n{secret}")
    c.wait_for(lambda: [m for m in desk.show(number)["messages"] if m["visibility"] == "note"], what="the note")
    sure(True, "Mia wrote an internal note (!note)")
    before = len(k.jo.inbox())
    k.mia.reply(told, f"Hello Jo, you see:\n{secret}\nSo please come by.")
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
    the_books(desk)


def story():
    chapter("A private campus")
    with c.Campus(users=("helpdesk", "facilities", "jo", "ann", "eve", "mia", "max")) as k:
        tell(f"Dovecot on port {k.dovecot.imap}, Postfix on {k.postfix.port}, all of it in {k.folder}")
        imap = f"imap://{k.dovecot.host}:{k.dovecot.imap}/INBOX"
        desk = k.desk(mailboxes="x")
        box = 'imap = "%s"; start = "all"; poll-interval = 1; %s'
        desk.write(mailboxes=f'inbox = {{ {box % (imap, desk.server())} }}; '
                             f'facilities = {{ {box % (imap, desk.server("facilities"))} category = "facilities"; }};',
                   settings='''category = {
  it = { title = "IT"; keywords = [ "wifi", "vpn", "laptop", "projector", "printer" ]; };
  facilities = { title = "Facilities"; address = "facilities@campus.example"; keywords = [ "radiator", "lamp", "window" ]; };
};''')
        desk.staff(k.mia.address, k.mia.name)
        try:
            told(k, desk)
        except (AssertionError, LookupError):
            print("\nThe daemon's last words:\n" + desk.log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        folder = k.folder
    sure(not folder.exists(), "nothing is left behind")


def main():
    sys.stdout.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    try:
        story()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 1
    except (AssertionError, OSError, LookupError, TimeoutError) as fault:
        print(f"\n{bold('The story went wrong')}: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    print(f"\n{bold('All went well')}: {checked} things checked in {time.monotonic() - START:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
