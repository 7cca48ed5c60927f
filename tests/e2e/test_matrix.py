"""Chat by Matrix: cards, threads and marks; what staff say there goes out, and nothing else does."""
import time

import pytest
from campus import body, wait_for
from matrix_server import MatrixServer


class Chat:
    """A homeserver with the bot, two of staff, a stranger, and a room for each category."""

    def __init__(self, campus):
        self.campus = campus
        self.server = MatrixServer()
        self.bot = self.server.account("deskbot", "DESK")
        self.mia = self.server.account("people-mia")
        self.max = self.server.account("people-max")
        self.eve = self.server.account("people-eve")
        self.room = self.server.room(self.mia, [self.bot, self.max, self.eve])
        self.other = self.server.room(self.mia, [self.bot])
        self.made = 0

    def desk(self, name, thread="ask", undo=2, more="", matrix="", **kw):
        self.made += 1
        folder = self.campus.folder
        token = folder / f"matrix-{name}.token"
        token.write_text(self.bot.token + "\n")
        token.chmod(0o600)
        desk = self.campus.desk(name, settings=f"""
category = {{ it = {{ title = "IT"; chat = "matrix:{self.room}"; chat-thread = "{thread}"; }};
  facilities = {{ title = "Facilities"; chat = "matrix:{self.other}"; }};
  services = {{ title = "Services"; }}; }};
matrix = {{ homeserver = "{self.server.url}"; access-token-file = "{token}"; {matrix} }};
chat-undo-seconds = {undo};
{more}
""", **kw)
        desk.staff("mia@campus.example", "Mia Adler", matrix=self.mia.user)
        desk.staff("max@campus.example", "Max Braun", matrix=self.max.user)
        return desk

    def cards(self, room=None):
        return [e for e in self.server.events(room or self.room, "m.room.message", self.bot.user)
                if "m.relates_to" not in e["content"]]

    def wait_card(self, words, room=None):
        return wait_for(lambda: [c for c in self.cards(room) if words in c["content"]["body"]],
                        what=f"a card with {words}")[0]["event_id"]

    def shows(self, card, words, room=None, seconds=20):
        return wait_for(lambda: words in self.server.shown(room or self.room, card)["body"], seconds,
                        f"the card to show {words}")

    def in_thread(self, card, words, room=None):
        return wait_for(lambda: [e for e in self.server.thread(room or self.room, card)
                                 if words in e["content"].get("body", "")], what=f"{words} in the thread")[0]


@pytest.fixture
def chat(fresh):
    made = Chat(fresh)
    yield made
    made.server.stop()


def mail_to(person, words):
    return [m for m in person.inbox() if words in body(m)]


def test_card_thread_and_update(fresh, chat):
    desk = chat.desk("cards").start()
    fresh.jo.send("No wifi <b>here</b>", "The wifi in B-301 is @room gone.\n<i>Really</i>\n")
    card = chat.wait_card("No wifi")
    content = chat.server.shown(chat.room, card)
    assert content["msgtype"] == "m.notice" and content["m.mentions"] == {}
    assert "<b>" not in content["formatted_body"] and "&lt;i&gt;Really" in content["formatted_body"]
    assert "open" in content["body"] and "IT" in content["body"]
    number = desk.tickets()[0]["number"]
    desk.cli("ticket", "take", number, "--as", "mia@campus.example")
    chat.shows(card, "Mia Adler")
    desk.cli("ticket", "reply", number, "Which floor?", "--as", "mia@campus.example")
    said = chat.in_thread(card, "Which floor?")
    relates = said["content"]["m.relates_to"]
    assert relates["event_id"] == card and relates["is_falling_back"] is True and relates["m.in_reply_to"]["event_id"] == card
    answer = wait_for(lambda: mail_to(fresh.jo, "Which floor?"), what="the answer")[0]
    fresh.jo.reply(answer, "The third.")
    third = chat.in_thread(card, "The third.")
    assert third["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == said["event_id"]
    desk.cli("ticket", "close", number, "--as", "mia@campus.example")
    chat.shows(card, "closed")
    assert len(chat.cards()) == 1
    assert desk.stop() == 0


def test_card_moves_with_its_category(fresh, chat):
    desk = chat.desk("moves").start()
    fresh.jo.send("Broken door", "It does not close.\n")
    card = chat.wait_card("Broken door")
    number = desk.tickets()[0]["number"]
    desk.cli("ticket", "set", number, "category=facilities", "--as", "mia@campus.example")
    new = chat.wait_card("Broken door", chat.other)
    chat.shows(card, "goes on in Facilities")
    desk.cli("ticket", "note", number, "the hinge", "--as", "mia@campus.example")
    chat.in_thread(new, "the hinge", chat.other)
    desk.cli("ticket", "set", number, "category=services", "--as", "mia@campus.example")
    chat.shows(new, "goes on in Services", chat.other)
    assert not [e for e in chat.server.thread(chat.room, card) if "hinge" in e["content"]["body"]]
    assert desk.stop() == 0


def test_limited_and_unclear(fresh, chat):
    """429 by header and by body is waited for; what may have arrived is not posted twice."""
    desk = chat.desk("limited").start()
    chat.server.limit, chat.server.limit_times = (1, 300), 2
    begin = time.monotonic()
    fresh.jo.send("First", "one\n")
    chat.wait_card("First")
    assert time.monotonic() - begin > 1.5
    chat.server.swallow = 1
    fresh.jo.send("Second", "two\n")
    chat.wait_card("Second")
    wait_for(lambda: not desk.json("outbox", "list"), what="an empty outbox")
    assert len(chat.cards()) == 2
    chat.server.fail = 3
    fresh.jo.send("Third", "three\n")
    chat.wait_card("Third")
    assert desk.stop() == 0


def test_away_never_delays_mail(fresh, chat):
    desk = chat.desk("away").start()
    chat.server.stop()
    fresh.jo.send("While away", "hello\n")
    wait_for(lambda: [m for m in fresh.jo.inbox() if "[#1]" in m["Subject"]], what="the acknowledgement")
    number = desk.tickets()[0]["number"]
    for status in ("waiting", "active", "waiting"):
        desk.cli("ticket", "set", number, f"status={status}", "--as", "mia@campus.example")
    desk.cli("ticket", "note", number, "one", "--as", "mia@campus.example")
    desk.cli("ticket", "note", number, "two", "--as", "mia@campus.example")
    desk.kill()
    desk.start()
    chat.server.start()
    card = chat.wait_card("While away")
    chat.in_thread(card, "two")
    assert [e["content"]["body"].split("\n")[1] for e in chat.server.thread(chat.room, card)] == ["one", "two"]
    assert "waiting" in chat.server.shown(chat.room, card)["body"]
    wait_for(lambda: not desk.json("outbox", "list"), what="an empty outbox")
    assert len(chat.cards()) == 1
    assert desk.stop() == 0
