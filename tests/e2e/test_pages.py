"""The pages in a real browser: logging in, reading, filtering, prepared mails, and how it looks to everybody."""
import re
import socket
import time
import urllib.parse
import urllib.request

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from campus import DESK

JO, EVE, MIA, MAX = "jo@students.example", "eve@elsewhere.example", "mia@campus.example", "max@campus.example"
HOSTILE = "</title><script>document.body.id='owned'</script><img src=x onerror=\"document.body.id='owned'\"> {{desk.name}}"
PAGES = ["/tickets?view=all", "/tickets/1", "/tickets/2", "/report", "/report?room=B301", "/tickets/999",
         "/tickets?q=nothinglikethis", "/analytics", "/analytics?measure=created&by=weekday-hour",
         "/analytics?measure=first-response-p50&by=category", "/tickets?measure=created&by=category&key=it"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def mail(sender, subject, text, to=DESK, extra="", name="Jo Doe"):
    return (f"From: {name} <{sender}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <{time.time_ns()}@test.example>\n"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n{extra}\n{text}\n")


def with_file(name, data):
    return ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
            f"See the file.\n--b\nContent-Type: text/plain; name=\"{name}\"\n"
            f"Content-Disposition: attachment; filename=\"{name}\"\n\n{data}\n--b--\n")


@pytest.fixture(scope="module")
def desk(campus):
    port = free_port()
    d = campus.desk("pages", url=f"http://127.0.0.1:{port}",
                    settings=f'web = {{ listen = "127.0.0.1:{port}"; }}; staff-proof = "none";')
    d.staff(MIA, "Mia Adler")
    d.staff(MAX, "Max Braun", role="admin")
    head = f"From: Jo Doe <{JO}>\nTo: {DESK}\nSubject: No light in B-301\nMessage-ID: <one@test.example>\n"
    d.cli("deliver", input=head + with_file("lamp.txt", "lamp number 4"))
    d.cli("deliver", input=mail(EVE, HOSTILE, HOSTILE + " " + "x" * 400, name="\"<b>Eve</b>\""))
    d.cli("ticket", "reply", "1", "We bring a new one.", "--as", MIA)
    d.cli("ticket", "note", "1", "zebra: the third lamp of hers", "--as", MIA)
    d.cli("ticket", "set", "1", "category=facilities", "priority=high", "location=B-301")
    for i in range(55):
        d.cli("deliver", input=mail(f"student{i}@students.example", f"Number {i} of many", "words"))
    d.start()
    d.start_web()
    yield d
    d.stop_web()
    d.stop()


def gone(element):
    """Is it of a page that is no more? Chromium says so in one of two ways."""
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as fault:
        if "does not belong to the document" not in str(fault):
            raise
        return True
    return False


class Page:
    """A browser window, logged in as somebody or nobody."""

    def __init__(self, desk):
        o = Options()
        for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            o.add_argument(flag)
        o.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.desk = desk
        self.d = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=o)
        self.size(1280)
        self.who = None

    def login(self, who):
        if self.who != who:
            self.d.delete_all_cookies()
            if who is not None:
                self.d.get(self.desk.login_link(who))
                self.click("main button")
            self.who = who
        self.mode()
        self.size(1280)
        return self

    def get(self, path):
        self.d.get(self.desk.url + path)
        return self

    def click(self, css):
        return self.leave(lambda: self.one(css).click())

    def enter(self, css, text):
        return self.leave(lambda: self.one(css).send_keys(text, Keys.ENTER))

    def leave(self, act):
        """Do what leads to another page, and wait for that."""
        old = self.one("html")
        act()
        WebDriverWait(self.d, 20).until(lambda _: gone(old))
        WebDriverWait(self.d, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, ".foot"))
        return self

    def size(self, width, mobile=False):
        self.d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": mobile})

    def mode(self, scheme="light", media=""):
        self.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def all(self, css):
        return self.d.find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.d.find_element(By.CSS_SELECTOR, css)

    def text(self, css="body"):
        return self.one(css).text

    def js(self, code, *args):
        return self.d.execute_script(code, *args)

    def numbers(self):
        return [int(e.text.lstrip("#")) for e in self.all(".list .n")]

    def complaints(self):
        return [e["message"] for e in self.d.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]


@pytest.fixture(scope="module")
def page(desk):
    p = Page(desk)
    yield p
    p.d.quit()


# ---- reading ----

def test_a_link_logs_in_with_one_button(desk, page):
    page.who = None
    page.d.delete_all_cookies()
    page.get("/tickets")
    assert page.d.current_url.endswith("/login")
    page.login(MIA)
    assert urllib.parse.urlsplit(page.d.current_url).path == "/tickets"
    assert "Mia Adler" in page.text(".who")
    page.click(".who button")
    page.get("/tickets")
    assert page.d.current_url.endswith("/login")
    page.who = None


def test_who_logged_out_left_nothing_behind_the_back_button(page):
    page.login(MIA).get("/tickets?view=all").get("/tickets/1")
    page.click(".who button")
    page.who = None
    for _ in range(2):
        page.d.back()
        WebDriverWait(page.d, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, ".foot"))
        assert "B-301" not in page.d.page_source and "Mia Adler" not in page.text()


def test_staff_read_a_ticket(page):
    page.login(MIA).get("/tickets?view=all")
    assert page.all(".list tbody tr") and "Log out" in page.text(".top")
    page.get("/tickets/1")
    text = page.text()
    for there in ("No light in B-301", "See the file.", "We bring a new one.", "zebra", "internal note", "high",
                  "B-301", "Facilities", JO, "lamp.txt", "sender not proven"):
        assert there in text, there


def test_a_requester_reads_their_own_alone(page):
    page.login(JO).get("/tickets")
    assert page.numbers() == [1]
    page.click(".subject a")
    text = page.text()
    assert "We bring a new one." in text and "Mia Adler" in text
    source = page.d.page_source
    for internal in ("zebra", MIA, "internal note", "priority", "not proven"):
        assert internal not in source, internal
    page.get("/tickets/2")
    assert "There is no such page" in page.text("h1")


def test_a_file_is_what_was_sent(page):
    page.login(JO).get("/tickets/1")
    link = page.one(".files a").get_attribute("href")
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in page.d.get_cookies())
    with urllib.request.urlopen(urllib.request.Request(link, headers={"Cookie": cookie})) as r:
        assert r.read().strip() == b"lamp number 4"
        assert r.headers["Content-Disposition"].startswith("attachment")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(link.replace("/1/", "/2/"), headers={"Cookie": cookie}))
    assert refused.value.code == 404


def test_filters_are_a_form(page):
    page.login(MIA).get("/tickets?view=all")
    page.enter("[name=q]", "zebra")
    assert page.numbers() == [1]
    assert page.one("[name=q]").get_attribute("value") == "zebra"
    page.click(".clear")
    Select(page.one("[name=priority]")).select_by_value("high")
    Select(page.one("[name=category]")).select_by_value("facilities")
    page.click(".filter button")
    assert page.numbers() == [1]
    page.enter("[name=requester]", "nobody@nowhere.example")
    assert "Nobody here has that address" in page.text()
    page.click(".empty a")
    assert len(page.numbers()) == 50
    assert "view=all" in page.d.current_url


def test_pages_follow_each_other(page):
    page.login(MIA).get("/tickets?view=all")
    first = page.numbers()
    page.click(".pages [rel=next]")
    rest = page.numbers()
    assert len(first) == 50 and not set(first) & set(rest)
    assert sorted(first + rest) == list(range(1, 58))
    page.click(".pages a")
    assert page.numbers() == first


# ---- prepared mails ----

def decoded(href):
    """What a mail program makes of a mailto: link: to, subject, body."""
    assert href.startswith("mailto:")
    to, _, query = href[len("mailto:"):].partition("?")
    fields = dict(f.split("=", 1) for f in query.split("&")) if query else {}
    assert set(fields) <= {"subject", "body"}
    return [urllib.parse.unquote(x) for x in (to, fields.get("subject", ""), fields.get("body", ""))]


def send(page, desk, href, sender, words=""):
    to, subject, body = decoded(href)
    desk.cli("deliver", input=mail(sender, subject, body.replace("\r\n", "\n") + words, to=to))
    return page


def button(page, name):
    found = [e for e in page.all(".act a") if e.get_attribute("textContent").strip() == name]
    assert len(found) == 1, (name, [e.get_attribute("textContent") for e in page.all(".act a")])
    return found[0].get_attribute("href")


def test_buttons_do_what_they_say(desk, page):
    desk.cli("deliver", input=mail(JO, "Buttons", "words"))
    number = max(t["number"] for t in desk.tickets())
    page.login(MIA).get(f"/tickets/{number}")

    def press(name, words=""):
        page.get(f"/tickets/{number}")
        send(page, desk, button(page, name), MIA, words)
        return desk.show(number)

    assert press("Take")["assignee"]["address"] == MIA
    assert press("Facilities")["category"] == "facilities"
    assert press("urgent")["priority"] == "urgent"
    t = press("Internal note", "the note of a button")
    assert [m["visibility"] for m in t["messages"] if "note of a button" in m["text"]] == ["note"]
    t = press("Reply to the requester", "the answer of a button")
    assert [m["visibility"] for m in t["messages"] if "answer of a button" in m["text"]] == ["public"]
    assert press("Close")["status"] == "closed"
    assert press("Open again")["status"] in ("open", "active")
    page.login(JO).get(f"/tickets/{number}")
    send(page, desk, button(page, "Reply"), JO, "more of the requester")
    assert "more of the requester" in [m["text"].strip() for m in desk.show(number)["messages"]]


def test_reports_come_to_the_right_people(desk, page):
    page.login(None).get("/report?room=B301")
    for title, category in (("IT", "it"), ("Facilities", "facilities"), ("Services", "services")):
        link = next(a for a in page.all(".ways a") if a.find_element(By.TAG_NAME, "b").text == title)
        send(page, desk, link.get_attribute("href"), f"{category}@students.example", "It is broken.")
        t = max(desk.tickets(), key=lambda t: t["number"])
        assert (t["category"], t["location"]) == (category, "B301"), title


# ---- figures ----

def test_figures_are_drawn_and_lead_to_their_tickets(desk, page):
    page.login(MIA).get("/analytics?measure=created&by=category")
    assert page.js("return document.querySelectorAll('.chart canvas[role=img]').length") == 1
    drawn = page.js("const c = document.querySelector('.chart canvas'), p = c.getContext('2d')"
                    ".getImageData(0, 0, c.width, c.height).data; return p.some(v => v > 0)")
    assert drawn
    rows = desk.json("stats", "--measure", "created", "--by", "category")
    shown = {e.get_attribute("textContent").strip(): e for e in page.all(".stats tbody th")}
    assert len(shown) == len(rows) and sum(r["value"] for r in rows) == len(desk.tickets())
    link = page.one(".stats td.v a")
    count = int(link.text)
    link.click()
    assert f"The {count} tickets behind" in page.text() or count > len(page.numbers())
    page.login(JO).get("/analytics")
    assert "There is no such page" in page.text("h1")


def test_figures_are_chosen_in_a_form(page):
    page.login(MIA).get("/analytics")
    Select(page.one("[name=measure]")).select_by_value("messages-per-ticket")
    Select(page.one("[name=by]")).select_by_value("week")
    page.click(".filter button")
    assert "Messages a ticket by week" in page.text("caption")
    page.click(".periods a")
    assert "measure=messages-per-ticket&by=week" in page.d.current_url


# ---- how it looks, and to whom ----

CONTRAST = """
const lum = c => { const [r,g,b] = c.map(v => { v /= 255; return v <= .03928 ? v/12.92 : ((v+.055)/1.055)**2.4; });
    return .2126*r + .7152*g + .0722*b; };
const parse = s => s.match(/[\\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c.slice(0, 3); } return parse(getComputedStyle(document.body).backgroundColor); };
const bad = [];
for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const r = e.getBoundingClientRect(); if (!r.width || !r.height) continue;
    const a = lum(parse(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(e.className + ' ' + e.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
}
return bad;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(page, scheme):
    page.login(MIA).mode(scheme)
    ground = set()
    for path in PAGES:
        page.get(path)
        assert page.js(CONTRAST) == [], path
        ground.add(page.js("return getComputedStyle(document.body).backgroundColor"))
    assert len(ground) == 1 and ("255" in ground.pop()) == (scheme == "light")


@pytest.mark.parametrize("who", [MIA, JO, None])
@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_leaves_the_screen(page, who, width):
    page.login(who).size(width, mobile=width < 500)
    for path in PAGES if who else ["/report", "/login"]:
        page.get(path)
        assert page.js("return document.documentElement.scrollWidth") <= width, path


def test_what_a_mail_says_is_text(page):
    for who in (MIA, EVE):
        page.login(who)
        for path in ("/tickets?view=all&q=owned", "/tickets/2"):
            page.get(path)
            assert page.js("return document.body.id") == ""
            assert page.all("main img, main script") == []
            assert HOSTILE in re.sub(r"\s+", " ", page.text("main"))


def test_nothing_is_asked_elsewhere_and_nothing_refused(page):
    for who in (MIA, JO, None):
        page.login(who)
        page.complaints()
        for path in [p for p in PAGES if "999" not in p] if who == MIA else ["/report"]:
            page.get(path)
            assert page.complaints() == [], path
            origins = page.js("return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)")
            assert set(origins) <= {page.desk.url}
            odd = "[style]:not(canvas), style, script:not([src]), [onclick]"
            assert page.js(f"return document.querySelectorAll('{odd}').length") == 0


def test_it_works_without_javascript(desk):
    p = Page(desk)
    try:
        p.d.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        p.login(MIA).get("/tickets?view=all")
        p.enter("[name=q]", "zebra")
        assert p.numbers() == [1]
        p.click(".subject a")
        p.one(".menu summary").click()
        assert p.one(".menu[open] a").is_displayed()
        p.one(".copy summary").click()
        assert "!close" in p.text(".copy")
        p.get("/analytics")
        assert p.all(".stats tbody tr") and not p.one(".chart").is_displayed()
    finally:
        p.d.quit()


def test_the_keyboard_is_enough(page):
    page.login(MIA).get("/tickets/1")
    seen = []
    for _ in range(60):
        page.d.switch_to.active_element.send_keys(Keys.TAB)
        if page.js("return document.activeElement === document.body"):
            break
        seen.append(page.js("const e = document.activeElement; return [e.className || e.textContent.trim(),"
                            "getComputedStyle(e).outlineStyle]"))
    assert seen[0][0] == "skip"
    assert all(style != "none" for _, style in seen), seen
    names = " ".join(n for n, _ in seen)
    for reached in ("Tickets", "Report a problem", "button main", "lamp.txt", "quiet"):
        assert reached in names, (reached, names)
    page.get("/tickets/1")
    page.d.switch_to.active_element.send_keys(Keys.TAB)
    page.d.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.js("return document.activeElement.id") == "main"


def test_phones_fold_the_filters(page):
    page.login(MIA).size(390, mobile=True)
    page.get("/tickets?view=all")
    assert not page.one("[name=priority]").is_displayed()
    page.one(".filters").click()
    assert page.one("[name=priority]").is_displayed()
    page.get("/tickets?view=all&priority=high")
    assert page.one("[name=priority]").is_displayed()


def test_paper_has_the_words_alone(page):
    page.login(MIA)
    page.mode(media="print")
    page.get("/tickets/1")
    shown = page.js("return ['.top nav', '.act', '.who', '.message', '.facts'].map(s => "
                    "document.querySelector(s).getClientRects().length > 0)")
    assert shown == [False, False, False, True, True]
    page.mode()
