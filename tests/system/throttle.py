# SPDX-License-Identifier: MIT
"""A fifth of a CPU for the emulator: throttle.py COMMAND... (make test SLOW=1)

The command keeps its process, its terminal and what is sent to it: a child of it stops and
continues it, and ends when it has ended.
"""
import os
import signal
import sys
import time

RUN, STOP = 0.01, 0.04  # seconds


def alive(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def throttle(process):
    while os.getppid() == process and alive(process):
        os.kill(process, signal.SIGSTOP)
        time.sleep(STOP)
        os.kill(process, signal.SIGCONT)
        time.sleep(RUN)


def main():
    process = os.getpid()
    if os.fork() == 0:
        # Whoever waits for the end of the command's output must not wait for this.
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.setsid()
        try:
            throttle(process)
        except ProcessLookupError:
            pass
        os._exit(0)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
