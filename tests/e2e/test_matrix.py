"""Chat by Matrix: cards, threads and marks; what staff say there goes out, and nothing else does."""
import time

import pytest
from campus import Person, body, wait_for
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


def inbox(campus, user):
    return Person(campus, f"{user}@campus.example", user).inbox()


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


ENVELOPE, GONE, EYES, CHECK = "\u2709", "\U0001f4e8", "\U0001f440", "\u2705"


def opened(fresh, chat, desk, subject="Cold room", text="B-301 is cold.\n"):
    """A ticket by mail, its card; its acknowledgement has come."""
    fresh.jo.send(subject, text)
    card = chat.wait_card(subject)
    number = desk.wait_tickets(1)[0]["number"]
    return card, number


def wait_mark(chat, event, mark):
    wait_for(lambda: mark in chat.server.marks(chat.room, event, chat.bot.user), what=f"{mark} by the bot")


def stands(chat, event):
    """Marks of the bot that have not been taken off."""
    return [e["content"]["m.relates_to"]["key"] for e in chat.server.events(chat.room, "m.reaction", chat.bot.user)
            if e["content"].get("m.relates_to", {}).get("event_id") == event]


def test_asked_then_sent(fresh, chat):
    desk = chat.desk("ask", undo=1).start()
    card, number = opened(fresh, chat, desk)
    said = chat.mia.say(chat.room, "We turn the heating on.", thread=card)
    wait_mark(chat, said, ENVELOPE)
    time.sleep(2.5)
    assert not mail_to(fresh.jo, "heating") and len(desk.show(number)["messages"]) == 1
    chat.max.react(chat.room, said, ENVELOPE + "\ufe0f")    # clients add U+FE0F
    answer = wait_for(lambda: mail_to(fresh.jo, "We turn the heating on."), what="the answer")[0]
    assert "Mia Adler" in answer["From"]
    wait_mark(chat, said, GONE)
    wait_for(lambda: stands(chat, said) == [GONE], what="the envelope to go")
    shown = desk.show(number)
    assert shown["messages"][1]["source"] == "matrix" and shown["status"] == "active"
    assert len(chat.server.thread(chat.room, card)) == 1        # hers alone: not said twice
    fresh.jo.reply(answer, "Thank you, it is warm?")
    chat.in_thread(card, "it is warm")
    # an old client knows no threads, only answers
    late = chat.mia.say(chat.room, "> <@x> old\n\n!reply It will be.", reply=said)
    wait_for(lambda: mail_to(fresh.jo, "It will be."), what="the second answer")
    assert not any("old" in body(m) for m in mail_to(fresh.jo, "It will be."))
    wait_mark(chat, late, GONE)
    assert desk.stop() == 0


def test_second_thoughts(fresh, chat):
    desk = chat.desk("undo", thread="reply", undo=4).start()
    card, number = opened(fresh, chat, desk)
    first = chat.mia.say(chat.room, "Wrong wrods", thread=card)
    chat.mia.edit(chat.room, first, "Right words")
    chat.max.edit(chat.room, first, "Forged words")
    second = chat.max.say(chat.room, "One more", thread=card)
    wait_mark(chat, second, ENVELOPE)       # while one waits the next is asked about
    chat.in_thread(card, "Another answer is about to go out")
    wait_for(lambda: mail_to(fresh.jo, "Right words"), what="the answer")
    assert not mail_to(fresh.jo, "Wrong") and not mail_to(fresh.jo, "Forged")
    wait_mark(chat, first, GONE)
    chat.mia.edit(chat.room, first, "Other words")
    chat.in_thread(card, "The mail has gone")
    third = chat.mia.say(chat.room, "Better not", thread=card)
    time.sleep(1.5)
    chat.mia.redact(chat.room, third)
    chat.max.react(chat.room, second, ENVELOPE)
    wait_for(lambda: mail_to(fresh.jo, "One more"), what="the one that was asked about")
    time.sleep(3)
    assert not mail_to(fresh.jo, "Better not") and not mail_to(fresh.jo, "Other words")
    assert [m["text"].strip() for m in desk.show(number)["messages"]] == ["B-301 is cold.", "Right words", "One more"]
    assert desk.stop() == 0


def test_what_never_goes_out(fresh, chat):
    desk = chat.desk("never", thread="reply", undo=0).start()
    card, number = opened(fresh, chat, desk)
    chat.mia.say(chat.room, "// internal", thread=card)
    chat.in_thread(card, "never sent out")
    chat.mia.say(chat.room, "waves", thread=card, msgtype="m.emote")
    chat.mia.say(chat.room, "!clsoe", thread=card)
    chat.in_thread(card, "there is no command !clsoe")
    chat.mia.say(chat.room, "note: he is difficult and likes to argue about every small thing", thread=card)
    chat.mia.say(chat.room, "!note second note", thread=card)
    chat.mia.say(chat.room, "by a program", thread=card, msgtype="m.notice")
    chat.eve.say(chat.room, "I am a stranger", thread=card)
    chat.eve.react(chat.room, card, CHECK)
    chat.mia.say(chat.room, "just talk in the room")
    wait_for(lambda: len(desk.show(number)["messages"]) == 3, what="the notes")
    # words of a note are found on their way out
    chat.mia.say(chat.room, "Well: he is difficult and likes to argue about every small thing", thread=card)
    chat.in_thread(card, "kept as an internal note")
    chat.mia.say(chat.room, "A clean answer", thread=card)
    wait_for(lambda: mail_to(fresh.jo, "A clean answer"), what="the answer")
    shown = desk.show(number)
    assert [m["visibility"] for m in shown["messages"]] == ["public", "note", "note", "note", "public"]
    assert shown["status"] == "active"
    for m in fresh.jo.inbox():
        for words in ("internal", "waves", "clsoe", "difficult", "second note", "program", "stranger", "just talk"):
            assert words not in body(m)
    assert desk.stop() == 0


def test_marks_and_commands(fresh, chat):
    desk = chat.desk("marks", undo=0).start()
    card, number = opened(fresh, chat, desk)
    eyes = chat.max.react(chat.room, card, EYES)
    chat.shows(card, "Max Braun")
    chat.max.redact(chat.room, eyes)
    wait_for(lambda: desk.show(number)["assignee"] is None, what="it to be given back")
    check = chat.mia.react(chat.room, card, CHECK)
    chat.shows(card, "closed")
    chat.mia.redact(chat.room, check)
    chat.shows(card, "active")
    chat.mia.say(chat.room, "!priority high", thread=card)
    chat.shows(card, "high")
    chat.mia.say(chat.room, "!assign max", thread=card)
    chat.shows(card, "Max Braun")
    chat.mia.say(chat.room, "!category nowhere", thread=card)
    chat.in_thread(card, "Not done")
    chat.mia.say(chat.room, "!close The heating is on.", thread=card)
    closing = wait_for(lambda: mail_to(fresh.jo, "The heating is on."), what="the closing")
    assert len(closing) == 1
    chat.shows(card, "closed")
    actors = {e["actor"] for e in desk.show(number)["events"] if e["field"] == "status"}
    assert "mia@campus.example" in actors and "eve@campus.example" not in actors
    assert desk.cli("audit", "verify").returncode == 0
    assert desk.stop() == 0


def test_outage_and_repeats(fresh, chat):
    """What was said while the desk was down is taken once, also when the server left it out or says it again."""
    desk = chat.desk("outage", thread="note").start()
    card, number = opened(fresh, chat, desk)
    chat.mia.say(chat.room, "before", thread=card)
    wait_for(lambda: len(desk.show(number)["messages"]) == 2, what="the first note")
    desk.kill()
    for i in range(230):
        chat.mia.say(chat.room, f"note {i}", thread=card)
        chat.eve.say(chat.room, f"talk {i}")
    chat.server.timeline_limit = 7
    desk.start()
    wait_for(lambda: len(desk.show(number)["messages"]) == 232, 40, "all notes")
    assert [m["text"].strip() for m in desk.show(number)["messages"]][2:] == [f"note {i}" for i in range(230)]
    chat.server.repeat = True
    chat.server.garbage = 2
    chat.mia.say(chat.room, "once", thread=card)
    chat.mia.say(chat.room, "last", thread=card)
    wait_for(lambda: desk.show(number)["messages"][-1]["text"].strip() == "last", what="the last note")
    assert len(desk.show(number)["messages"]) == 234
    chat.server.repeat = False
    # the server forgets our place: the history is read back
    desk.kill()
    chat.mia.say(chat.room, "while lost", thread=card)
    chat.server.refuse_since = True
    desk.start()
    wait_for(lambda: len(desk.show(number)["messages"]) == 235, what="the note from before")
    chat.server.refuse_since = False
    assert desk.stop() == 0


def test_rooms_that_do_not_work(fresh, chat):
    desk = chat.desk("rooms", undo=0)
    desk.staff("root@campus.example", "Root", "admin")
    desk.start()
    card, number = opened(fresh, chat, desk)
    chat.mia.server.put_state(chat.room, chat.mia.user, "m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})
    wait_for(lambda: [c for c in chat.cards() if "cannot read" in c["content"]["body"]], what="one clear notice")
    chat.mia.kick(chat.other, chat.bot.user)
    box = wait_for(lambda: [m for m in inbox(fresh, "root") if "put out of the room" in body(m)], what="word of it")
    assert len(box) == 1
    assert any("encrypted" in body(m) for m in inbox(fresh, "root"))
    desk.cli("ticket", "set", number, "category=facilities", "--as", "mia@campus.example")
    wait_for(lambda: "facilities" == desk.show(number)["category"], what="the category")
    chat.mia.invite(chat.other, chat.bot.user)
    chat.wait_card("Cold room", chat.other)
    # the room is replaced: cards go on in the new one
    new = chat.server.room(chat.mia, [], version="12")
    chat.mia.invite(new, chat.bot.user)
    chat.server.put_state(chat.other, chat.mia.user, "m.room.tombstone", "", {"replacement_room": new, "body": "moved"})
    wait_for(lambda: desk.logged("the room was replaced"), what="the new room")
    desk.cli("ticket", "take", number, "--as", "mia@campus.example")
    chat.wait_card("Cold room", new)
    assert desk.stop() == 0


def test_invitations_and_token(fresh, chat):
    desk = chat.desk("invites", matrix='invite-from = [ "friends.example" ];')
    desk.staff("root@campus.example", "Root", "admin")
    desk.start()
    stranger = chat.server.room(chat.eve)
    chat.eve.invite(stranger, chat.bot.user)
    wait_for(lambda: desk.logged("an invitation is not taken"), what="the refusal")
    assert chat.server.rooms[stranger].membership(chat.bot.user) == "invite"
    chat.server.dead_tokens.add(chat.bot.token)
    chat.mia.say(chat.room, "anything")
    wait_for(lambda: [m for m in inbox(fresh, "root") if "access token is not" in body(m)], what="word of it")
    chat.server.dead_tokens.clear()
    wait_for(lambda: [m for m in inbox(fresh, "root") if "over" in m["Subject"].lower() or "again" in body(m)], 90,
             "word that it is over")
    assert chat.bot.token not in desk.log.read_text()
    assert desk.stop() == 0
