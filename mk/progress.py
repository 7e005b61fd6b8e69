# SPDX-License-Identifier: MIT
"""What the output of a console says about the system: how far it came, and whether it waits."""
import re
import time

# What the console shows when a stage is reached, latest stage last.
STAGES = [
    (rb"Ashlar boot", "boot"),
    (rb"Ashlar: \d+ CPUs|kernel panic", "the kernel"),
    (rb"MOE:", "moe"),
    (rb"Ned: |Ned says", "ned"),
    (rb"VMM: |VMM\[", "uvmm"),
    (rb"Linux version|Booting Linux", "the kernel of a guest"),
    (rb"Run /init", "init of a guest"),
]
# An unfinished line that is the prompt of a shell or a login, as guests show it.
GUEST_PROMPT = rb"(?:\S*[~/]\S*|[\w.-]+@\S+) ?[#$]|[\w.-]+ login:"
CONS_PROMPT = rb"[\w.-]+>"
UBOOT_PROMPT = rb"=>"
# EDK2 places its prompt, instead of ending the line before it.
LINE_START = rb"(?:^|[\r\n]|\x1b\[K|\x1b\[[0-9;]*H)(?:\x1b\[[0-9;]*m)*"
# Some shells ask for the position of the cursor behind their prompt, or choose a colour.
PROMPT = re.compile(LINE_START + rb"(?:" + GUEST_PROMPT + rb"|" + CONS_PROMPT + rb"|" + UBOOT_PROMPT +
                    rb") ?(?:\x1b\[6n|\x1b\[[0-9;]*m)*$")
AT_CONS = re.compile(LINE_START + CONS_PROMPT + rb" ?$")
# A program without a prompt that is the whole of a scenario.
HELLO = re.compile(rb"Hello World!")
CONS = re.compile(rb"Console Server")
# What no system comes back from.
DEAD = re.compile(rb"kernel panic|Ashlar boot: stopped")


class Progress:
    """Follows the console output: stage reached, prompts, time of the last byte."""

    def __init__(self):
        self.tail = b""
        self.stage = -1
        self.up = False        # a prompt has been seen
        self.prompted = False  # the same, since the last line was typed
        self.dead = False
        self.has_cons = False
        self.at_cons = False   # the last prompt was that of cons
        self.last = self.news = time.monotonic()
        self.lines = set()
        self.line = b""

    def feed(self, data):
        self.last = time.monotonic()
        *lines, self.line = (self.line + data).split(b"\n")
        # A program that says the same for ever is quiet in a sense; its lines may come in pieces.
        repeated = not self.line or any(known.startswith(self.line) for known in self.lines)
        if not repeated or not self.lines.issuperset(lines):
            self.news = self.last
        self.lines.update(lines)
        self.tail = (self.tail + data)[-4096:]
        for i in range(len(STAGES) - 1, self.stage, -1):
            if re.search(STAGES[i][0], self.tail):
                self.stage = i
                break
        self.has_cons = self.has_cons or bool(CONS.search(self.tail))
        if PROMPT.search(self.tail):
            self.prompted = True
            self.at_cons = self.has_cons and bool(AT_CONS.search(self.tail))
        self.prompted = self.prompted or bool(HELLO.search(self.tail))
        self.up = self.up or self.prompted
        self.dead = self.dead or bool(DEAD.search(self.tail))

    def typed(self):
        """A line has been typed: prompts count anew."""
        self.prompted = False
        self.tail = b""
        self.last = self.news = time.monotonic()

    def quiet(self):
        return time.monotonic() - self.last

    def without_news(self):
        return time.monotonic() - self.news

    def where(self):
        if self.stage < 0:
            return "nothing was printed yet"
        return f"the last stage that showed itself is {STAGES[self.stage][1]}"
