# SPDX-License-Identifier: MIT
"""Asks cons how far the programs behind it are, by the commands that a person would type.

Consoles with a key are those that one talks to. Each is up when it shows a prompt; one that ends
before has failed.
"""
import re
import time

from progress import GUEST_PROMPT

QUIET = 3.0      # seconds of quiet before a question
PATIENCE = 20.0  # a console that is never quiet is asked all the same
LAST_LINES = 5   # of a client, in which its prompt is looked for

# A line of `list`: name, key if it has one, and whether the program has ended.
CLIENT = re.compile(r"^ *(\S.*?) +\((.)\) (?:\[.*?\] ?)*out: *\d+/ *\d+ in:.*?( \[X\])?[ \r]*$", re.M)
# What cons says when one comes; it tells the key of the first of a name.
ANNOUNCED = re.compile(r"cons: (?:console '(.+)', Ctrl-E |warning: a further console)")
PROMPT = re.compile(r"^(?:" + GUEST_PROMPT.decode() + r"|[\w.-]*>) ?(?:\r|\x1b\[6n|\[ *\d+\.|$)", re.M)


def plain(data):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", data.decode(errors="replace"))


class Consoles:
    """What is known of them. next_question() says what to type, feed() takes what is shown."""

    def __init__(self):
        self.known = {}     # name -> has it shown a prompt?
        self.last_line = {}
        self.ended = set()
        self.complete = False   # the last round found nobody without a prompt
        self.queue = []
        self.question = None
        self.heard = b""
        self.line = b""
        self.round = time.monotonic()

    def waiting(self):
        return [name for name, up in self.known.items() if not up and name not in self.ended]

    def failed(self):
        return [name for name in self.ended if not self.known[name]]

    def next_question(self, quiet):
        """The line to type at the prompt now, or None. quiet: seconds since the last output."""
        now = time.monotonic()
        if self.question:
            if quiet < PATIENCE:
                return None
            self.question = None  # the answer was torn, or got lost
        if not self.queue:
            if quiet < QUIET and now - self.round < PATIENCE:
                return None
            self.round = now
            self.queue = ["list"]
        self.question = self.queue.pop(0)
        self.heard = b""
        return self.question

    def feed(self, data):
        """Takes what the console shows."""
        *lines, self.line = (self.line + data).split(b"\n")
        for line in lines:
            new = ANNOUNCED.search(plain(line))
            if new and new.group(1):
                self.known.setdefault(new.group(1), False)
            if new:
                self.complete = False
        if self.question:
            self.heard += data
            self._take_answer()

    def _take_answer(self):
        # The prompt may have stood there before; output of others may have come in between.
        line = r"(?:\A|> )" + re.escape(self.question) + r"\r*\n"
        answer = re.search(f"{line}(?!.*{line})(.*)" + r"^[\w.-]+> ?\Z", plain(self.heard),
                           re.S | re.M)
        if not answer:
            return
        question, self.question = self.question, None
        if question == "list":
            self._take_list(answer.group(1))
        else:
            self._take_tail(question.split(maxsplit=1)[1].rsplit(maxsplit=1)[0], answer.group(1))
        if not self.queue:
            self.complete = not self.waiting()

    def _take_list(self, text):
        living = set()
        for name, _, dead in CLIENT.findall(text):
            self.known.setdefault(name, False)
            if not dead:
                living.add(name)
        self.ended = set(self.known) - living
        self.queue = [f"tail {name} {LAST_LINES}" for name in self.waiting()]

    def _take_tail(self, name, text):
        lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
        self.last_line[name] = lines[-1] if lines else ""
        self.known[name] = bool(PROMPT.search(text))

    def state(self):
        """What is missing, in words."""
        return ", ".join(f"console '{name}' shows no prompt, its last line is "
                         f"'{self.last_line.get(name, '')[:100]}'" for name in self.waiting())
