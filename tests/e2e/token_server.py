"""A token endpoint of a test's own, and the introspection by which Dovecot asks
whether a token is good: client credentials, refresh tokens, service accounts."""
import base64
import json
import secrets
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from campus import free_port

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class TokenServer:
    """user: whose mailbox its tokens open. Change the attributes to make it misbehave."""

    def __init__(self, user="helpdesk"):
        self.user = user
        self.port = free_port()
        self.client_id, self.client_secret = "desk-app", "secret+of/app&" + secrets.token_hex(8)
        self.refresh = "rtok-" + secrets.token_hex(16)
        self.public_key = None      # of the service account
        self.life = 3600            # seconds a token is said to live, and does
        self.rotate = False         # a new refresh token with each answer, the old one dead
        self.answer = None          # (status, body) instead of a good answer
        self.deny = False           # every token is bad for the mail servers
        self.slow = 0               # seconds before an answer
        self.tokens = {}            # token: when it ends
        self.claims = []            # of service accounts
        self.requests = 0
        self.server = None
        self.start()

    url = property(lambda self: f"http://127.0.0.1:{self.port}/token")

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                form = dict(urllib.parse.parse_qsl(raw.decode()))
                status, body = outer.introspect(form) if self.path == "/introspect" else outer.grant(form)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def revoke(self):
        """Every token given out so far is dead."""
        self.tokens.clear()

    def secrets(self):
        """What must never stand in a log."""
        return [self.client_secret, urllib.parse.quote(self.client_secret, safe=""), "rtok-", "atok-"]

    def introspect(self, form):
        good = not self.deny and self.tokens.get(form.get("token"), 0) > time.monotonic()
        return 200, {"active": good, "username": self.user if good else None}

    def grant(self, form):
        self.requests += 1
        time.sleep(self.slow)
        if self.answer is not None:
            return self.answer
        if form.get("grant_type") == JWT_GRANT:
            fault = self.check_assertion(form.get("assertion", ""))
        elif form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            fault = "invalid_client"
        elif form.get("grant_type") == "refresh_token":
            fault = None if form.get("refresh_token") == self.refresh else "invalid_grant"
        else:
            fault = None if form.get("grant_type") == "client_credentials" else "unsupported_grant_type"
        if fault:
            return 400, {"error": fault, "error_description": f"{fault}, you sent {form}"}
        return 200, self.make(form)

    def make(self, form):
        token = "atok-" + secrets.token_urlsafe(32)
        self.tokens[token] = time.monotonic() + self.life
        answer = {"token_type": "Bearer", "access_token": token, "expires_in": self.life}
        if form["grant_type"] == "refresh_token" and self.rotate:
            self.refresh = answer["refresh_token"] = "rtok-" + secrets.token_hex(16)
        return answer

    def check_assertion(self, jwt):
        """The signature by openssl, not by what made it."""
        head, claims, signature = jwt.split(".")
        folder = self.public_key.parent
        (folder / "signature").write_bytes(unbase64(signature))
        ok = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public_key, "-signature", folder / "signature"],
                            input=f"{head}.{claims}".encode(), capture_output=True, check=False).returncode == 0
        self.claims.append((json.loads(unbase64(head)), json.loads(unbase64(claims))))
        return None if ok else "invalid_grant"
