"""Stickers: each code, read by an independent reader, opens a mail to the desk with the room in it."""
import ctypes
import re
import urllib.parse
import xml.etree.ElementTree as xml

import pytest

CSV = 'code,name,building,aliases\nB301,Seminar <room> & "co",B,\nLIB-2.14,Grüße,Library,\n"Hall 1",Great Hall,,\n'
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def rooms(campus):
    path = campus.folder / "rooms.csv"
    path.write_text(CSV)
    return f'locations-file = "{path}";'


def pixels(path, scale=4):
    """The modules that a path of the sheet draws, as a grey picture: (width, bytes)."""
    runs = [tuple(map(int, r)) for r in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)]
    width = (max(max(x + n for x, _, n in runs), max(y + 1 for _, y, _ in runs)) + 4) * scale
    grey = bytearray(b"\xff" * (width * width))
    for x, y, n in runs:
        for row in range(y * scale, (y + 1) * scale):
            grey[row * width + x * scale:row * width + (x + n) * scale] = b"\0" * (n * scale)
    return width, bytes(grey)


def read_code(path):
    zbar = ctypes.CDLL("libzbar.so.0")
    for name in ("zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol"):
        getattr(zbar, name).restype = ctypes.c_void_p
    zbar.zbar_symbol_get_data.restype = ctypes.c_char_p
    width, grey = pixels(path)
    scanner, image = ctypes.c_void_p(zbar.zbar_image_scanner_create()), ctypes.c_void_p(zbar.zbar_image_create())
    zbar.zbar_image_set_format(image, ctypes.c_ulong(int.from_bytes(b"Y800", "little")))
    zbar.zbar_image_set_size(image, width, width)
    zbar.zbar_image_set_data(image, grey, ctypes.c_ulong(len(grey)), None)
    assert zbar.zbar_scan_image(scanner, image) == 1
    symbol = ctypes.c_void_p(zbar.zbar_image_first_symbol(image))
    return zbar.zbar_symbol_get_data(symbol).decode()


def test_html_sheet(campus, rooms):
    desk = campus.desk("stickers", settings=rooms)
    sheet = desk.cli("stickers").stdout
    links = [read_code(p) for p in re.findall(r'<path d="([^"]+)"', sheet)]
    assert [urllib.parse.unquote(x) for x in links] == [
        'mailto:helpdesk+r.B301@campus.example?subject=B301, Seminar <room> & "co"',
        "mailto:helpdesk+r.LIB-2.14@campus.example?subject=LIB-2.14, Grüße",
        "mailto:helpdesk@campus.example?subject=Hall 1, Great Hall&body=!location Hall 1\r\n\r\n"]
    assert "<room>" not in sheet and "Seminar &lt;room&gt; &amp; &quot;co&quot;" in sheet


def test_svg_sheet(campus, rooms):
    desk = campus.desk("picture", settings=rooms)
    root = xml.fromstring(desk.cli("stickers", "--format", "svg").stdout)
    assert [t.text for t in root.iter(SVG + "text")] == ["B301", "LIB-2.14", "Hall 1"]
    links = [read_code(p.get("d")) for p in root.iter(SVG + "path")]
    assert len(links) == 3 and all(x.startswith("mailto:helpdesk") for x in links)


def test_a_scan_is_a_ticket_with_its_room(campus, rooms):
    desk = campus.desk("scanned", settings=rooms)
    desk.start()
    campus.jo.send("B301", "The lamp is broken.\n", to="helpdesk+r.B301@campus.example")
    desk.wait_tickets(1)
    assert desk.tickets()[0]["location"] == "B301"
    assert desk.stop() == 0


def test_refused(campus, rooms):
    desk = campus.desk("none")
    p = desk.cli("stickers", check=False)
    assert p.returncode == 1 and "locations-file" in p.stderr
    assert desk.cli("stickers", "--format", "pdf", check=False).returncode == 64
