#!/usr/bin/python3
"""How fast mail is read, on one core, beside libetpan and GMime, which parse and
decode every part in the same run. Writes docs/performance-parse.md.

usage: parse.py PROGRAM [COUNT [ROUNDS]]     default 2000 7

Also over the mails of the corpus that CAMPUSDESK_CORPUS names.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance-parse.md"
HEAD = """| program | seconds | mails/s | MB/s | speed to libetpan | MB out |
|---|---|---|---|---|---|
"""


def measure(program, rounds, files):
    size = sum(f.stat().st_size for f in files)
    done = subprocess.run([program, str(rounds), *map(str, files)], check=True,
                          stdout=subprocess.PIPE, text=True)
    return f"{len(files)} mails, {size / 1e6:.1f} MB, median of {rounds} rounds alternating\n\n{HEAD}{done.stdout}"


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([sys.executable, str(ROOT / "tests/bench/mails.py"), str(count), tmp],
                       check=True, stdout=subprocess.DEVNULL)
        text = "## Generated mail\n\n" + measure(program, rounds, sorted(Path(tmp).glob("*.eml")))
    corpus = os.environ.get("CAMPUSDESK_CORPUS")
    if corpus:
        text += "\n## Mail of other software's tests\n\n"
        text += measure(program, rounds, sorted(Path(corpus).glob("*/*.eml")))
    print(text)
    PAGE.write_text(f"# Reading mail: the last figures\n\n{text}", "utf-8")


if __name__ == "__main__":
    main()
