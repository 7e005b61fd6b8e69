# SPDX-License-Identifier: MIT
"""`make verify`: explores the models of the kernel's locks (locks.pml), of how the message of an interrupt reaches a vCPU that
runs elsewhere (kick.pml), and of how a vCPU of uvmm gets hold of another one's list registers (stop.pml) exhaustively.

    verify.py [--quick | NAME...]     all runs, all but the long ones (for `make test`), or those named

Locks: two CPUs, three that send, and three of which two take the global lock and one sends: no deadlock, and no
assertion fails. (Three CPUs that do everything have more states than 2 GiB hold: that is not explored.)
Two CPUs, each of which goes on at some time: nobody waits for a lock for ever. Then models with one
mistake each, in which a counterexample must be found. Prints states and depth of each; ends with status 1
if one does not end as it must.
"""
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join("build", "verify")
MEMORY = 2000   # MiB
TIMEOUT = 600   # seconds for one; the longest takes 60 s on a quiet machine
LONG = ("safety-3-global", "kick-3", "stop-2-long", "stop-3")

# name, CPUs, definitions, what is found: None, or a part of the checker's report
ASSERTION, DEADLOCK = "assertion violated", "invalid end state"
RUNS = [
    ("safety-2", 2, [], None),
    ("safety-3-global", 3, ["SEND=1", "TAKE=6"], None),
    ("safety-3-send", 3, ["SEND=7", "TAKE=0"], None),
    ("liveness-2", 2, ["LIVENESS"], None),
    ("lock-order", 2, ["WRONG_ORDER"], DEADLOCK),
    ("no-look-again", 3, ["NO_LOOK_AGAIN"], ASSERTION),
    ("restarted-cleared-early", 2, ["RESTARTED_CLEARED_EARLY"], ASSERTION),
    ("call-cleared-early", 2, ["CALL_CLEARED_EARLY"], ASSERTION),
    ("no-event", 2, ["NO_EVENT"], DEADLOCK),
    ("kick-2", 2, [], None),
    ("kick-3", 3, ["SENDS=1", "EXITS=0"], None),
    ("kick-no-kick", 2, ["NO_KICK"], ASSERTION),
    ("kick-comes-first", 2, ["KICKS_FIRST"], ASSERTION),
    ("kick-no-look-in-choose", 2, ["NO_LOOK_IN_CHOOSE"], ASSERTION),
    ("kick-no-look-in-goes-on", 2, ["NO_LOOK_IN_GOES_ON"], ASSERTION),
    ("kick-no-look-at-resume", 2, ["NO_LOOK_AT_RESUME"], ASSERTION),
    ("kick-acknowledged-late", 2, ["ACKNOWLEDGES_LATE", "MOVES=0"], ASSERTION),
    ("kick-delivers-elsewhere", 2, ["DELIVERS_ELSEWHERE"], ASSERTION),
    ("kick-only-own-lock", 2, ["ONLY_OWN_LOCK"], ASSERTION),
    ("kick-no-look-again", 3, ["NO_LOOK_AGAIN", "SENDS=1", "EXITS=0"], ASSERTION),
    ("kick-not-dequeued", 2, ["NOT_DEQUEUED"], ASSERTION),
    ("stop-2", 2, ["ROUNDS=2"], None),
    ("stop-2-long", 2, ["ROUNDS=3"], None),
    ("stop-3", 3, ["ROUNDS=1"], None),
    ("stop-looks-first", 2, ["LOOKS_FIRST"], DEADLOCK),
    ("stop-late-mode", 2, ["LATE_MODE"], ASSERTION),
    ("stop-no-wake", 2, ["NO_WAKE"], DEADLOCK),
    ("stop-no-kick", 2, ["NO_KICK"], DEADLOCK),
    ("stop-sleeps-blindly", 2, ["SLEEPS_BLINDLY"], DEADLOCK),
]


def model(name):
    own = name.partition("-")[0] + ".pml"
    return os.path.join(HERE, own if own in ("kick.pml", "stop.pml") else "locks.pml")


def command(arguments, folder, **options):
    return subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **options)


def explore(name, cpus, definitions):
    """Returns the checker's report."""
    folder = os.path.join(WORK, name)
    os.makedirs(folder, exist_ok=True)
    flags = [f"-D{d}" for d in [f"CPUS={cpus}", *definitions]]
    done = command(["spin", *flags, "-a", model(name)], folder)
    if done.returncode:
        sys.exit(f"verify: spin failed:\n{done.stdout}")
    live = "LIVENESS" in definitions
    kind = ["-DNFAIR=3"] if live else ["-DSAFETY"]
    done = command(shlex.split(os.environ.get("HOSTCC", "gcc")) + [
        "-O2" if name in LONG else "-O0", "-w",  # most take longer to compile than to run
        "-DCOLLAPSE", f"-DMEMLIM={MEMORY}", *kind, "-o", "pan", "pan.c"], folder)
    if done.returncode:
        sys.exit(f"verify: the checker does not compile:\n{done.stdout}")
    depth = "-m6000000" if live or cpus > 2 else "-m1000000"
    return command(["./pan", depth, *(["-a", "-f"] if live else [])], folder, timeout=TIMEOUT).stdout


def verdict(report, expected):
    """None, or what is wrong."""
    errors = re.search(r"errors: (\d+)", report)
    if not errors or "max search depth too small" in report or "out of memory" in report:
        return "the search is not complete"
    if expected is None:
        return None if errors[1] == "0" else "a counterexample was found"
    return None if expected in report else "the mistake was not found"


def main(names):
    wrong = 0
    if names == ["--quick"]:
        names = [run[0] for run in RUNS if run[0] not in LONG]
    for name, cpus, definitions, expected in RUNS:
        if names and name not in names:
            continue
        report = explore(name, cpus, definitions)
        states = re.search(r"(\d[\d.e+]*) states, stored", report)
        depth = re.search(r"depth reached (\d+)", report)
        problem = verdict(report, expected)
        print(f"  VERIFY {name}: {states[1] if states else '?'} states, depth "
              f"{depth[1] if depth else '?'}: {problem or expected or 'holds'}", flush=True)
        if problem:
            print(report)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
