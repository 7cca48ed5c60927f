"""The web view beside a constant page of the same size on bare libmicrohttpd, in turns: rates, and memory of the web view.
web.py [TICKETS [ROUNDS [SECONDS]]]; figures go to docs/performance-web.md."""
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin"
ASIDE = ROOT / "build" / "release" / "aside" / "bench"
CONNECTIONS = 16


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_port(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit("a server does not start")


def page(port, path, cookie):
    conn = http.client.HTTPConnection("127.0.0.1", port)
    conn.request("GET", path, headers={"Cookie": cookie})
    r = conn.getresponse()
    data = r.read()
    assert r.status == 200, (path, r.status)
    return len(data)


# each request another address, so that each page is made anew
ANEW = """
local n = 0
request = function()
    n = n + 1
    return wrk.format(nil, wrk.path .. (wrk.path:find("?", 1, true) and "&" or "?") .. "n=" .. n)
end
"""


def wrk(port, path, cookie, seconds, script=None):
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Cookie: {cookie}",
                          *(["-s", script] if script else []),
                          f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def pss(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{p}/smaps_rollup").read_text(), re.M)[1])
               for p in (pid, *children)) / 1024


def spent(pid):
    """Seconds of processor of the children, who answer."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = [Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split() for p in children]
    return sum(int(t[11]) + int(t[12]) for t in ticks) / os.sysconf("SC_CLK_TCK")


def anew_of(pid, port, path, cookie, seconds, script):
    """Rate, and microseconds of processor a page."""
    before = spent(pid)
    rate = wrk(port, path, cookie, seconds, script)
    return rate, (spent(pid) - before) / (rate * seconds) * 1e6


def main():
    tickets, rounds, seconds = [int(a) for a in sys.argv[1:4]] + [100000, 5, 5][len(sys.argv) - 1:]
    with tempfile.TemporaryDirectory(prefix="campusdesk-bench-") as folder:
        port = free_port()
        conf = Path(folder) / "campusdesk.conf"
        conf.write_text(f'desk = {{ name = "Campus Helpdesk"; address = "helpdesk@campus.example"; }};\n'
                        f'store = {{ url = "sqlite:{folder}/desk.db"; }};\nlog = {{ level = "warn"; }};\n'
                        f'web = {{ listen = "127.0.0.1:{port}"; }};\n')
        session = subprocess.run([ASIDE / "web_fill", f"sqlite:{folder}/desk.db", str(tickets)], capture_output=True,
                                 text=True, check=True).stdout.strip()
        cookie = "campusdesk=" + session
        anew = Path(folder) / "anew.lua"
        anew.write_text(ANEW)
        web = subprocess.Popen([BIN / "campusdesk-web", "-c", conf])
        started = [web]
        try:
            wait_port(port)
            rows = [("list, open", "/tickets"), ("list, all, page 2", None), ("list, by words", "/tickets?view=all&q=jammed"),
                    ("one ticket", f"/tickets/{tickets // 2}"), ("list as JSON", "/tickets.json")]
            conn = http.client.HTTPConnection("127.0.0.1", port)
            conn.request("GET", "/tickets?view=all", headers={"Cookie": cookie})
            after = re.search(rb'rel="next" href="([^"]+)"', conn.getresponse().read())
            rows = [(n, p or after[1].decode().replace("&amp;", "&").replace("&#61;", "=")) for n, p in rows]
            plain, found = {}, {}
            for name, path in rows:
                size = page(port, path, cookie)
                other = free_port()
                started.append(subprocess.Popen([ASIDE / "web_plain", str(other), str(size)], stdout=subprocess.DEVNULL))
                wait_port(other)
                plain[name], found[name] = (other, size), []
            for n in range(rounds):
                for name, path in rows:
                    found[name].append((wrk(port, path, cookie, seconds), wrk(plain[name][0], "/", cookie, seconds),
                                        *anew_of(web.pid, port, path, cookie, seconds, anew)))
                print(f"round {n + 1}: " + ", ".join(f"{k} {v[-1][0]:.0f}/s of {v[-1][1]:.0f}/s, anew {v[-1][2]:.0f}/s ({v[-1][3]:.0f} us)" for k, v in found.items()),
                      flush=True)
            memory = pss(web.pid)
        finally:
            for p in started:
                p.terminate()
            for p in started:
                p.wait()
    lines = [f"{tickets} tickets, {3 * tickets} messages; wrk with {CONNECTIONS} connections on the same {os.cpu_count()} cores, "
             f"{rounds} rounds of {seconds} s in turns; ratios are medians of the rounds' ratios.", "",
             "The same page asked for again, by the same person, while nothing was committed, is kept for five seconds "
             "(`webview/kept.c`); *anew* is a page that is made for each request: statements, template, digest. "
             "The last column is the processor's time of the web view for one of those, which other work on the machine changes less.", "",
             "| page | bytes | constant page of that size on bare libmicrohttpd | asked for again | ratio | anew | ratio | time |",
             "|---|---|---|---|---|---|---|---|"]
    for name, rows in found.items():
        ours, bare, made, time_us = (statistics.median(x) for x in zip(*rows))
        again, new = (statistics.median(r[i] / r[1] for r in rows) for i in (0, 2))
        lines.append(f"| {name} | {plain[name][1]} | {bare:.0f}/s | {ours:.0f}/s | {again:.2f} | {made:.0f}/s | {new:.3f} | {time_us:.0f} µs |")
    lines += ["", f"Memory of the web view's two processes after it (PSS): {memory:.1f} MiB."]
    print("\n".join(lines))
    (ROOT / "docs" / "performance-web.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
