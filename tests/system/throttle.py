# SPDX-License-Identifier: MIT
"""An emulator that does not get what it wants: throttle.py fifth|uneven COMMAND...

fifth (make test SLOW=1): a fifth of a CPU. uneven (make test UNEVEN=1): one CPU for all of its threads, of which one at a
time, any of them, goes before the others for some milliseconds: each emulated CPU stands still again and again, anywhere,
while others go on.

The command keeps its process, its terminal and what is sent to it: a child of it holds it up, and ends when it has ended.
"""
import os
import random
import signal
import sys
import time

RUN, STOP = 0.01, 0.04    # seconds
TURN = 0.0005, 0.03       # seconds, shortest and longest


def alive(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def fifth(process):
    os.kill(process, signal.SIGSTOP)
    time.sleep(STOP)
    os.kill(process, signal.SIGCONT)
    time.sleep(RUN)


def schedule(thread, policy, cpu):
    try:
        os.sched_setaffinity(thread, [cpu])
        os.sched_setscheduler(thread, policy, os.sched_param(0))
    except ProcessLookupError:
        pass  # it has ended


def uneven(process):
    cpu = process % os.cpu_count()
    threads = [int(t) for t in os.listdir(f"/proc/{process}/task")]
    first = random.choice(threads)
    for thread in threads:
        usual = thread in (first, process)  # the process's own one reads the console
        schedule(thread, os.SCHED_OTHER if usual else os.SCHED_IDLE, cpu)
    time.sleep(TURN[0] * (TURN[1] / TURN[0]) ** random.random())


def main():
    hold_up = {"fifth": fifth, "uneven": uneven}[sys.argv[1]]
    process = os.getpid()
    if os.fork() == 0:
        # Whoever waits for the end of the command's output must not wait for this.
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.setsid()
        try:
            while os.getppid() == process and alive(process):
                hold_up(process)
        except (ProcessLookupError, FileNotFoundError):
            pass
        os._exit(0)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
