#!/usr/bin/env python3
"""Draws the README's screenshots from what the program really prints.

    cargo build && python3 docs/screenshots/make.py [NAME...]

Runs target/debug/jobctl against its own sandbox on a pseudo-terminal of a fixed
size and draws what is then on the screen as SVG. Needs nothing but Python 3.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = HERE.parent.parent / "target/debug/jobctl"

# name, columns, rows, seconds until the picture is taken (None: the end), commands
SHOTS = [
    ("cancel", 92, 30, None, [
        "jobctl cancel datafold:123 prequel:warehouse-eu/nightly-0142 veeva:1046892 veeva:1043341",
        "jobctl wait prequel:warehouse-eu/nightly-0142 veeva:1046892 --for cancelled",
    ]),
    ("progress", 92, 30, 2.9, ["jobctl cancel -f tonight.txt --reason 'runaway backfill'"]),
    ("errors", 92, 30, None, [
        "jobctl stop datafold 123",
        "jobctl cancel datafold 9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10",
        "DATAFOLD_API_KEY=of-another-region jobctl cancel datafold 123",
    ]),
]

# The picture of progress needs many jobs more, and a vendor that takes its time.
SERVE = ["sandbox", "serve", "--veeva-status-every", "1s"]

WIDTH, HEIGHT, MARGIN = 8.4, 19, 18
CARD, EDGE, TEXT, FAINT = "#161b22", "#30363d", "#e6edf3", "#8b949e"
COLOURS = {31: "#ff7b72", 32: "#56d364", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea"}


class Screen:
    """As much of a terminal as the program uses: colours, new lines, carriage returns."""

    def __init__(self, columns, rows):
        self.columns, self.rows, self.lines = columns, rows, [[]]
        self.at, self.look = 0, (None, False, False)

    def feed(self, text):
        for part in re.split(r"(\x1b\[[0-9;]*m|\r|\n)", text):
            if part == "\n":
                self.lines.append([])
                self.lines = self.lines[-self.rows:]
            elif part == "\r":
                self.at = 0
            elif part.startswith("\x1b"):
                for code in part[2:-1].split(";"):
                    self.style(int(code or 0))
            else:
                for char in part:
                    self.put(char)

    def style(self, code):
        colour, bold, faint = self.look
        if code in (0, 22):
            colour, bold, faint = (None if code == 0 else colour), False, False
        elif code == 1:
            bold = True
        elif code == 2:
            faint = True
        elif code in COLOURS or code == 39:
            colour = COLOURS.get(code)
        self.look = (colour, bold, faint)

    def put(self, char):
        if self.at == self.columns:
            self.feed("\r\n")
        line = self.lines[-1]
        line.extend([(" ", (None, False, False))] * (self.at + 1 - len(line)))
        line[self.at] = (char, self.look)
        self.at += 1

    def svg(self):
        lines = self.lines[: -1] if not self.lines[-1] else self.lines
        wide, high = self.columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high}" '
               f'viewBox="0 0 {wide:.0f} {high}" role="img">',
               f'<rect x=".5" y=".5" width="{wide - 1:.0f}" height="{high - 1}" rx="8" fill="{CARD}" stroke="{EDGE}"/>',
               '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" '
               f'font-size="14" fill="{TEXT}" xml:space="preserve">']
        for number, line in enumerate(lines):
            y = MARGIN + number * HEIGHT + 14
            for start, text, (colour, bold, faint) in runs(line):
                look = f' fill="{colour or FAINT}"' if colour or faint else ""
                look += ' font-weight="600"' if bold else ""
                out.append(f'<text x="{MARGIN + start * WIDTH:.1f}" y="{y}" textLength="{len(text) * WIDTH:.1f}" '
                           f'lengthAdjust="spacingAndGlyphs"{look}>{escape(text)}</text>')
        return "\n".join(out + ["</g>", "</svg>", ""])


def runs(line):
    """Words that look alike and stand together, with their column; blanks draw nothing."""
    at = 0
    while at < len(line):
        end = at
        while end < len(line) and line[end][1] == line[at][1] and line[end][0] != " ":
            end += 1
        if end > at:
            yield at, "".join(char for char, _ in line[at:end]), line[at][1]
        at = max(end, at + 1)


def play(screen, command, seconds, env, folder):
    screen.look = (None, False, True)
    screen.feed("$ ")
    screen.look = (None, True, False)
    screen.feed(command)
    screen.look = (None, False, False)
    screen.feed("\r\n")
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", screen.rows, screen.columns, 0, 0))
        os.chdir(folder)
        os.execve("/bin/sh", ["sh", "-c", command], env)
    ends, rest = time.monotonic() + (seconds or 60), b""
    while time.monotonic() < ends:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            rest += os.read(terminal, 65536)
        except OSError:
            break
        text = rest.decode(errors="ignore")
        rest = rest[len(text.encode()):]
        screen.feed(text)
    os.close(terminal)
    os.waitpid(child, 0)


def main(names):
    for name, columns, rows, seconds, commands in SHOTS:
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            env = {"HOME": folder, "PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
            jobs = ["datafold:999", "datafold:101", *(f"datafold:{1000000 + number}" for number in range(118))]
            Path(folder, "tonight.txt").write_text("\n".join(jobs) + "\n")
            serve = SERVE + (["--bulk", "200", "--faults", "slow=1200ms"] if name == "progress" else [])
            with subprocess.Popen([PROGRAM, *serve], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as sandbox:
                for _ in range(9):
                    key, value = sandbox.stdout.readline().removeprefix("export ").strip().split("=", 1)
                    env[key] = value.strip("'")
                screen = Screen(columns, rows)
                for number, command in enumerate(commands):
                    if number:
                        screen.feed("\r\n")
                    play(screen, command, seconds, env, folder)
                sandbox.terminate()
        (HERE / f"{name}.svg").write_text(screen.svg())


if __name__ == "__main__":
    main(sys.argv[1:])
