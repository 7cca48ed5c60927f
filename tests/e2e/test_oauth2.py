"""Tokens instead of passwords, against a real Dovecot and Postfix that ask an endpoint
whether each token is good."""
import json
import os
import stat
import subprocess
import time

import pytest

from campus import PASSWORD, Campus, wait_for
from token_server import TokenServer

names = iter(f"oauth{n}" for n in range(1000))
SERVICE = "desk@project.iam.gserviceaccount.example"


@pytest.fixture(scope="module")
def tokens():
    server = TokenServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def campus(tokens):
    with Campus(tokens=tokens) as made:
        yield made


@pytest.fixture(autouse=True)
def kind_again(campus, tokens):
    """What one test did to the endpoint does not reach the next."""
    yield
    for desk in campus.desks:
        desk.kill()
    tokens.answer, tokens.deny, tokens.slow, tokens.life, tokens.rotate = None, False, 0, 3600, False
    if tokens.server is None:
        tokens.start()


def private(desk, name, text):
    path = desk.folder / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def make_key(desk, tokens):
    """A service account's key as Google gives it."""
    pem = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                         capture_output=True, check=True).stdout.decode()
    tokens.public_key = desk.folder / "key.pub"
    subprocess.run(["openssl", "pkey", "-pubout", "-out", tokens.public_key], input=pem.encode(), check=True)
    return json.dumps({"type": "service_account", "private_key_id": "k1", "private_key": pem, "client_email": SERVICE,
                       "token_uri": "https://oauth2.googleapis.com/token"})


def grant(desk, tokens, kind):
    common = f'token-url = "{tokens.url}"; client-id = "{tokens.client_id}"; scope = "mail all"; '
    if kind == "client-credentials":
        secret = private(desk, "client.secret", tokens.client_secret + "\n")
        return f'oauth2 = {{ grant = "{kind}"; {common} client-secret-file = "{secret}"; }};'
    if kind == "refresh-token":
        secret = private(desk, "client.secret", tokens.client_secret + "\n")
        refresh = private(desk, "refresh", tokens.refresh + "\n")
        return (f'oauth2 = {{ grant = "{kind}"; {common} client-secret-file = "{secret}"; '
                f'refresh-token-file = "{refresh}"; }};')
    key = private(desk, "key.json", make_key(desk, tokens))
    return (f'oauth2 = {{ grant = "{kind}"; token-url = "{tokens.url}"; key-file = "{key}"; scope = "mail all"; '
            f'subject = "helpdesk@campus.example"; }};')


def make(campus, tokens, kind="client-credentials", smtp=True, settings=""):
    """A desk whose mailbox, and smtp unless told otherwise, log in by token."""
    d = campus.desk(next(names))
    g = grant(d, tokens, kind)
    by_token = f'user = "helpdesk"; ca-file = "{campus.authority.ca}"; {g}'
    d.write(settings, mailboxes=f'inbox = {{ imap = "imap://localhost:{campus.dovecot.imap}/INBOX"; start = "new"; {by_token} }};',
            smtp=f'url = "smtp://localhost:{campus.postfix.port}"; retry-first = 1; '
                 + (by_token if smtp else d.server()))
    d.staff("mia@campus.example", "Mia Adler", role="admin", mail="none")
    return d


def checked(desk, what):
    """The line of `check`: (result, text)."""
    p = desk.cli("--json", "check", check=False)
    row = next(json.loads(line) for line in p.stdout.splitlines() if json.loads(line)["what"] == what)
    return row["result"], row["text"], p.returncode


def told(campus, subject, since=0):
    """Mails to the admin with that subject, beyond the first so many."""
    return [m for m in campus.mia.inbox() if m["Subject"] == subject][since:]


def no_secrets(desk, tokens, *texts):
    for text in (desk.log.read_text(), *texts):
        assert not any(secret in text for secret in tokens.secrets() + [PASSWORD, "eyJ"])


def goes_through(campus, desk, subject):
    """A mail becomes a ticket, and its acknowledgement arrives."""
    wait_for(lambda: desk.logged("imap connected"), 60, "a session")
    sent = campus.jo.send(subject, "It is broken.")
    wait_for(lambda: subject in [t["subject"] for t in desk.tickets()], what=f"ticket {subject}")
    acknowledged(campus, sent)


def acknowledged(campus, sent):
    """The bare answer repeats nothing but the id."""
    wait_for(lambda: any(m["In-Reply-To"] == sent["Message-ID"] for m in campus.jo.inbox()),
             what="the acknowledgement")


def reconnect(campus):
    """Every session ends; whoever comes again has to log in."""
    campus.dovecot.stop()
    campus.dovecot.start()


@pytest.mark.parametrize("kind", ["client-credentials", "refresh-token", "service-account"])
def test_mail_comes_in_and_leaves_by_token(campus, tokens, kind):
    d = make(campus, tokens, kind)
    for what in ("mailbox inbox", "smtp"):
        result, text, _ = checked(d, what)
        assert result == "ok", text
    asked = tokens.requests
    d.start()
    goes_through(campus, d, f"By {kind}")
    assert tokens.requests == asked + 1     # IMAP and SMTP share it
    assert d.json("reconcile") == []
    if kind == "service-account":
        head, claims = tokens.claims[-1]
        assert head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
        assert (claims["iss"], claims["sub"], claims["scope"], claims["aud"]) == \
            (SERVICE, "helpdesk@campus.example", "mail all", tokens.url)
        assert 0 < claims["exp"] - claims["iat"] <= 3600
    assert d.stop() == 0
    no_secrets(d, tokens)


def test_a_token_is_renewed_before_it_ends(campus, tokens):
    tokens.life = 10
    d = make(campus, tokens)
    d.start()
    goes_through(campus, d, "First token")
    asked, given = tokens.requests, dict(tokens.tokens)
    wait_for(lambda: tokens.requests > asked, 10, "another token")
    assert any(ends > time.monotonic() for t, ends in given.items()), "the old one was still good"
    time.sleep(8)                           # the first is over now
    reconnect(campus)
    goes_through(campus, d, "Later token")
    assert not d.logged("trouble")
    assert d.stop() == 0


def test_a_revoked_token_is_replaced_at_once(campus, tokens):
    d = make(campus, tokens)
    d.start()
    goes_through(campus, d, "Before")
    asked = tokens.requests
    tokens.revoke()
    reconnect(campus)
    goes_through(campus, d, "After")
    assert tokens.requests > asked
    assert not d.logged("trouble")
    assert d.stop() == 0


def test_a_revoked_grant_is_told_once_and_once_when_well(campus, tokens):
    name = "oauth2 mailbox inbox"
    d = make(campus, tokens, "refresh-token", smtp=False)
    good = tokens.refresh
    tokens.refresh = "rtok-of-somebody-else"
    before = len(told(campus, f"Trouble: {name}")), len(told(campus, f"Well again: {name}"))
    d.start()
    wait_for(lambda: told(campus, f"Trouble: {name}", before[0]), what="word to staff")
    mail = told(campus, f"Trouble: {name}", before[0])[0]
    words = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "the refresh token has expired or was revoked: authorize the app again and write the new token to " \
        "refresh-token-file" in words
    result, text, code = checked(d, "mailbox inbox")
    assert (result, code) == ("wrong", 69) and "authorize the app again" in text
    result, text, _ = checked(d, "trouble")
    assert result == "wrong" and text.startswith(f"{name}, since ")
    d.stop()
    d.start()                               # a restart tells nothing again
    time.sleep(4)
    assert len(told(campus, f"Trouble: {name}", before[0])) == 1
    tokens.refresh = good
    wait_for(lambda: told(campus, f"Well again: {name}", before[1]), 90, what="word that it is well")
    wait_for(lambda: d.logged("connected"), 60, "a session")
    time.sleep(2)
    assert len(told(campus, f"Trouble: {name}", before[0])) == 1
    assert len(told(campus, f"Well again: {name}", before[1])) == 1
    assert not told(campus, "Trouble: mailbox inbox")
    assert checked(d, "mailbox inbox")[0] == "ok"
    no_secrets(d, tokens, words, text)
    assert d.stop() == 0


def test_a_token_for_something_else_is_told(campus, tokens):
    d = make(campus, tokens, smtp=False)
    tokens.deny = True
    d.start()
    wait_for(lambda: told(campus, "Trouble: mailbox inbox"), what="word to staff")
    words = " ".join(told(campus, "Trouble: mailbox inbox")[0].get_body(("plain",)).get_content().split())
    assert "the token is good for something else" in words
    assert checked(d, "mailbox inbox")[0] == "wrong"
    tokens.deny = False
    wait_for(lambda: told(campus, "Well again: mailbox inbox"), 60, "word that it is well")
    assert len(told(campus, "Trouble: mailbox inbox")) == 1
    goes_through(campus, d, "Let in again")
    assert d.stop() == 0


def test_smtp_that_refuses_the_token_is_told_when_it_can_be(campus, tokens):
    """What cannot be mailed is in the log and in `check`, and is mailed as soon as mail leaves."""
    d = make(campus, tokens)
    d.start()
    wait_for(lambda: d.logged("connected"), what="a session")
    tokens.deny = True
    sent = campus.jo.send("Held up", "It is broken.")
    wait_for(lambda: d.logged("trouble, staff told"), what="the trouble")
    result, text, code = checked(d, "smtp")
    assert (result, code) == ("wrong", 69)
    assert "the token is good for something else" in text
    tokens.deny = False
    wait_for(lambda: told(campus, "Well again: smtp"), 90, "word that it is well")
    assert len(told(campus, "Trouble: smtp")) == 1
    acknowledged(campus, sent)
    assert d.stop() == 0
    no_secrets(d, tokens, text)


def test_an_endpoint_that_is_down_is_told_only_when_no_token_is_left(campus, tokens):
    name = "oauth2 mailbox inbox"
    before = len(told(campus, f"Trouble: {name}")), len(told(campus, f"Well again: {name}"))
    tokens.life = 20
    d = make(campus, tokens, smtp=False)
    d.start()
    goes_through(campus, d, "Before the fall")
    tokens.stop()
    wait_for(lambda: d.logged("token not renewed"), 25, "a try that fails")
    goes_through(campus, d, "While the token lives")
    assert not told(campus, f"Trouble: {name}", before[0])
    wait_for(lambda: told(campus, f"Trouble: {name}", before[0]), 40, "word to staff")
    result, text, code = checked(d, "mailbox inbox")
    assert (result, code) == ("wrong", 69) and "no token" in text
    tokens.start()
    wait_for(lambda: told(campus, f"Well again: {name}", before[1]), 90, "word that it is well")
    assert len(told(campus, f"Trouble: {name}", before[0])) == 1
    goes_through(campus, d, "After the fall")
    assert d.stop() == 0


def test_a_rotated_refresh_token_is_kept(campus, tokens):
    tokens.rotate, tokens.life = True, 10
    d = make(campus, tokens, "refresh-token")
    file, first = d.folder / "refresh", tokens.refresh
    d.start()
    goes_through(campus, d, "Rotated")
    second = file.read_text().strip()
    assert second == tokens.refresh != first
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    wait_for(lambda: file.read_text().strip() not in (first, second), 15, "the next one")
    # checks beside the daemon use it up, too, and lose none
    for _ in range(3):
        assert checked(d, "mailbox inbox")[0] == "ok"
        assert file.read_text().strip() == tokens.refresh
    d.kill()                                # at any moment
    d.start()
    goes_through(campus, d, "After the restart")
    assert file.read_text().strip() == tokens.refresh
    assert sorted(p.name for p in d.folder.iterdir() if p.name.startswith("refresh")) == ["refresh"]
    assert d.stop() == 0
    no_secrets(d, tokens)


@pytest.mark.parametrize("answer,says", [
    ((400, {"error": "invalid_client"}), "client-id or client-secret is refused"),
    ((400, {"error": "invalid_scope", "error_description": "no\x1b[31m such\r\nscope \u202e"}), "scope is refused"),
    ((400, {"error": "\x1b[2J\nX", "error_description": "y" * 5000}), "no token: ?[2J?X"),
    ((401, b"<html>\x1b[31mlogin</html>"), "is no token endpoint (HTTP 401)"),
    ((200, b"{" * 60000), "is no token endpoint (HTTP 200)"),
    ((200, b"x" * 200000), "the answer is too long"),
    ((200, {"access_token": "a b\r\nQUIT", "token_type": "Bearer"}), "has none that could be used"),
    ((200, {"access_token": "abc", "token_type": "mac"}), "not Bearer"),
    ((302, b""), "leads elsewhere (HTTP 302)"),
    ((503, b"later"), "trouble of its own (HTTP 503)"),
])
def test_what_an_endpoint_may_answer(campus, tokens, answer, says):
    d = make(campus, tokens)
    tokens.answer = answer
    result, text, code = checked(d, "mailbox inbox")
    assert (result, code) == ("wrong", 69)
    assert says in text
    assert text.isprintable() and len(text) < 700
    p = d.cli("check", check=False)
    assert all(c.isprintable() or c == "\n" for c in p.stdout)
    assert not any(secret in p.stdout + p.stderr for secret in tokens.secrets())


def test_an_endpoint_that_does_not_answer_holds_nothing_up(campus, tokens):
    tokens.slow = 8
    d = make(campus, tokens)
    d.start()
    time.sleep(1)
    began = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - began < 6
