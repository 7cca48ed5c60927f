#!/usr/bin/python3
"""Realistic support mail in any number, the same for the same seed.

Median about 9 KB, mean about 18 KB; 4 % carry a 100 KB attachment, 30 % are
replies with quoted history, 25 % are multipart, several charsets and
encodings. Usable as a module (generate) or: mails.py COUNT DIR.
"""
import base64
import math
import random
import sys
from pathlib import Path

WORDS = (
    "the heating in our seminar room does not work since monday and we sit there "
    "with coats please send somebody the wifi eduroam drops every few minutes on "
    "the second floor of the library my password was reset but I cannot log in "
    "the printer near the entrance shows paper jam although there is none left "
    "could you tell me when the projector will be repaired thank you very much"
).split()
MORE = {
    "utf-8": "Prüfung Gebäude Größe naïve café Łódź Москва 図書館 🙂".split(),
    "iso-8859-1": "Prüfung Gebäude Größe naïve café".split(),
    "windows-1252": "“quoted” Gebäude – Größe €20 naïve".split(),
    "iso-2022-jp": "図書館 の 暖房 が 故障 しました".split(),
    "koi8-r": "отопление не работает в библиотеке".split(),
}
NAMES = "Jo Doe|Ann Lee|Jürgen Groß|Мария Иванова|Zoë Ångström|Li Wei".split("|")


def words(rnd, size, charset):
    out, length = [], 0
    extra = MORE[charset]
    while length < size:
        line = []
        while sum(map(len, line)) < 62:
            line.append(rnd.choice(extra) if rnd.random() < 0.08 else rnd.choice(WORDS))
        out.append(" ".join(line))
        length += len(out[-1]) + 1
        if rnd.random() < 0.12:
            out.append("")
    return "\n".join(out) + "\n"


def encoded(text, charset, rnd):
    """(transfer encoding, ASCII or 8-bit bytes) of a text part."""
    raw = text.replace("\n", "\r\n").encode(charset, "replace")
    way = rnd.random()
    if charset == "iso-2022-jp":
        return "7bit", raw
    if way < 0.4:
        import quopri
        return "quoted-printable", quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    if way < 0.6:
        return "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
    return "8bit", raw


def part(kind, charset, text, rnd):
    enc, body = encoded(text, charset, rnd)
    head = f"Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: {enc}\r\n\r\n"
    return head.encode() + body


def header_word(text):
    if text.isascii():
        return text
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def generate(count, seed=1, to="helpdesk@campus.example", domain="students.example"):
    """Yield (number, bytes) with CR LF line ends."""
    rnd = random.Random(seed)
    ids = []
    for n in range(count):
        charset = rnd.choices(list(MORE), [60, 15, 15, 5, 5])[0]
        size = int(min(60000, max(300, rnd.lognormvariate(math.log(5500), 0.9))))
        mid = f"{n}.{rnd.getrandbits(48):x}@{domain}"
        who = rnd.choice(NAMES)
        reply = bool(ids) and rnd.random() < 0.3
        subject = " ".join(rnd.sample(WORDS, 5))
        received = "".join(
            f"Received: from relay{i}.{domain} (relay{i}.{domain} [192.0.2.{i}])\r\n"
            f"\tby mx{i}.campus.example (Postfix) with ESMTPS id {rnd.getrandbits(40):X}\r\n"
            f"\tfor <{to}>; Wed, 25 Nov 2026 09:{n % 60:02}:00 +0100 (CET)\r\n" for i in range(1, 5))
        head = received + (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;\r\n"
            f"\tbh={base64.b64encode(rnd.randbytes(32)).decode()};\r\n"
            f"\tb={base64.b64encode(rnd.randbytes(128)).decode()[:70]}\r\n"
            f"From: {header_word(who)} <student{n % 3000}@{domain}>\r\nTo: {to}\r\n"
            f"Subject: {'Re: ' if reply else ''}{header_word(subject)}\r\n"
            f"Date: Wed, 25 Nov 2026 09:{n // 60 % 60:02}:{n % 60:02} +0100\r\nMessage-ID: <{mid}>\r\n"
            "User-Agent: Mozilla Thunderbird\r\nMIME-Version: 1.0\r\n")
        text = words(rnd, size, charset)
        if reply:
            ref = rnd.choice(ids[-50:])
            head += f"In-Reply-To: <{ref}>\r\nReferences: <{ref}>\r\n"
            quoted = words(rnd, size // 2, charset)
            text = (words(rnd, min(size, 800), charset) + "\nOn Tue, 24 Nov 2026 at 10:00, Mia Adler wrote:\n"
                    + "".join("> " + line + "\n" for line in quoted.splitlines()))
        attach = rnd.random() < 0.04
        if attach or rnd.random() < 0.22:
            b = f"=_{rnd.getrandbits(64):x}"
            html = "<html><body>" + "".join(f"<p>{line}</p>\r\n" for line in text.splitlines()) + "</body></html>\n"
            kind = "mixed" if attach else "alternative"
            body = f"Content-Type: multipart/{kind}; boundary=\"{b}\"\r\n\r\n".encode()
            body += f"--{b}\r\n".encode() + part("plain", charset, text, rnd) + b"\r\n"
            if attach:
                blob = base64.encodebytes(rnd.randbytes(100000)).replace(b"\n", b"\r\n")
                body += (f"--{b}\r\nContent-Type: image/jpeg; name=\"photo{n}.jpg\"\r\n"
                         f"Content-Disposition: attachment; filename=\"photo{n}.jpg\"\r\n"
                         "Content-Transfer-Encoding: base64\r\n\r\n").encode() + blob
            else:
                body += f"--{b}\r\n".encode() + part("html", charset, html, rnd)
            body += f"\r\n--{b}--\r\n".encode()
        else:
            body = part("plain", charset, text, rnd)
        ids.append(mid)
        yield n, head.encode() + body


def main():
    count, out = int(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    sizes = []
    for n, raw in generate(count):
        (out / f"{n:06}.eml").write_bytes(raw)
        sizes.append(len(raw))
    sizes.sort()
    print(f"{count} mails, median {sizes[count // 2]}, mean {sum(sizes) // count} bytes")


if __name__ == "__main__":
    main()
