"""The clock of a running desk: a promise that is not kept is told once; who is waited for is reminded, then closed."""
from campus import body, wait_for

TARGETS = "category = { it = { title = \"IT\"; first-response = 2; resolve = 36000; }; };\n"
DAY = 86400


def told(person, words):
    return [m for m in person.inbox() if words in m["Subject"]]


def test_overdue_is_told_once(campus):
    desk = campus.desk("overdue", settings=TARGETS)
    desk.staff("mia@campus.example", "Mia Adler")
    desk.start()
    campus.jo.send("Projector", "It shows only green.\n")
    late = wait_for(lambda: told(campus.mia, "Overdue"), what="the word that it is overdue")
    assert "the first answer of #" in body(late[0]) and "Projector" in body(late[0])
    number = desk.tickets()[0]["number"]
    assert desk.tickets()[0]["first_response_due"] > desk.tickets()[0]["created"]
    desk.stop()
    desk.start()
    desk.cli("ticket", "note", number, "still here", "--as", "mia@campus.example")
    wait_for(lambda: len(desk.show(number)["messages"]) == 2, what="the note")
    assert len(told(campus.mia, "Overdue")) == 1
    assert desk.stop() == 0


def test_reminder_and_closing(campus):
    desk = campus.desk("waiting", settings="remind-waiting-days = 1; autoclose-waiting-days = 3;")
    desk.staff("mia@campus.example", "Mia Adler")
    desk.start()
    campus.jo.send("Key", "I need a key.\n")
    desk.wait_tickets(1)
    number = desk.tickets()[0]["number"]
    desk.cli("ticket", "reply", number, "Which room?", "--as", "mia@campus.example")
    desk.cli("ticket", "set", number, "status=waiting", "--as", "mia@campus.example")
    assert desk.stop() == 0
    # two days later the daemon comes up: one reminder
    later = {"CAMPUSDESK_CLOCK_OFFSET": str(2 * DAY)}
    desk.start(env=later)
    reminder = wait_for(lambda: [m for m in campus.jo.inbox() if "waiting for your answer" in body(m)], what="the reminder")
    assert "Which room?" in body(reminder[0]) and "is closed on" in body(reminder[0])
    assert desk.stop() == 0
    desk.start(env={"CAMPUSDESK_CLOCK_OFFSET": str(4 * DAY)})
    wait_for(lambda: desk.show(number)["status"] == "closed", what="the closing")
    wait_for(lambda: [m for m in campus.jo.inbox() if "is closed." in body(m)], what="word of it")
    assert len([m for m in campus.jo.inbox() if "waiting for your answer" in body(m)]) == 1
    assert "it waited for its requester for 3 days" in desk.cli("why", number).stdout
    assert desk.stop() == 0


def test_the_terminal_knows_the_opening_hours(campus):
    """A change at the terminal leaves due times where opening hours put them."""
    desk = campus.desk("hours", settings=(
        'hours = { days = [ "mon-sun 00:00-00:10" ]; };\n'
        'category = { it = { title = "IT"; first-response = 3600; resolve = 7200; }; };\n'))
    desk.staff("mia@campus.example", "Mia Adler")
    desk.start()
    campus.jo.send("Projector", "It shows only green.\n")
    desk.wait_tickets(1)
    before = desk.tickets()[0]
    desk.cli("ticket", "set", before["number"], "location=B301", "--as", "mia@campus.example")
    after = desk.tickets()[0]
    assert after["location"] == "B301"
    assert (after["first_response_due"], after["resolve_due"]) == (before["first_response_due"], before["resolve_due"])
    assert after["first_response_due"] > after["created"][:10] + "T23"
    assert desk.stop() == 0
