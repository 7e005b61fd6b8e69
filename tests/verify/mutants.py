# SPDX-License-Identifier: MIT
"""Part of `make verify`: the unit test of the locks must fail for each of these mistakes in kernel/lock/.

    mutants.py [NAME...] -- COMPILER AND FLAGS... SOURCES... LIBRARIES...
"""
import os
import shutil
import subprocess
import sys

WORK = os.path.join("build", "verify", "mutants")
LOCK = "kernel/lock"
LIMIT = "0.125"  # of the test's own limit of 240 s; a deadlock takes that long. The test takes 2

RELEASE, ACQUIRE, RELAXED = "__ATOMIC_RELEASE", "__ATOMIC_ACQUIRE", "__ATOMIC_RELAXED"


def weaker(line, order):
    return line, line.replace(order, RELAXED)


# name, file, text, what is there instead
MUTANTS = [
    ("release-relaxed", "lock.h", *weaker("__atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE)", RELEASE)),
    ("call-relaxed", "cross_call.c", *weaker("__atomic_store_n(&other->call, fn, __ATOMIC_RELEASE)", RELEASE)),
    ("serve-relaxed", "cross_call.c", *weaker("__atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE)", ACQUIRE)),
    ("served-relaxed", "cross_call.c", *weaker("__atomic_store_n(&cpu->call, NULL, __ATOMIC_RELEASE)", RELEASE)),
    ("result-relaxed", "cross_call.c", *weaker("while (__atomic_load_n(&other->call, __ATOMIC_ACQUIRE))", ACQUIRE)),
    ("lock-order", "lock_set.c", "for (lock_set set = others | lock_of(cpu); set;)",
     "wait_for(cpu, &cpu->lock);\n    for (lock_set set = others; set;)"),
    ("keeps-while-waiting", "lock_set.c", "    local_unlock(cpu);\n    if (all && !collects)", "    if (all && !collects)"),
    ("keeps-some", "lock_set.c", "            release(others & ((1u << i) - 1)); // those before it\n            return false;",
     "            return false;"),
    ("try-keeps-the-collector", "lock_set.c", "    if (all)\n        lock_release(&collector);\n    return false;", "    return false;"),
    ("try-gives-up-all", "lock_set.c", "    if (all && !lock_try(&collector))\n        return false;",
     "    if (all && !lock_try(&collector)) {\n        local_unlock(cpu);\n        local_lock_anew(cpu);\n"
     "        return locks_take(cpu, which, ENTRY_IRQ);\n    }"),
    ("no-turn", "lock.c", "if (load_watched(&l->turn) != ticket)", "if (0 && ticket)"),
    ("takes-what-is-taken", "lock.c", "if (load_watched(&l->word) & LOCK_TAKEN)",
     "if (load_watched(&l->word) & LOCK_TAKEN && ticket % 8)"),
    ("passes-who-waits", "lock.c", "    __atomic_fetch_add(&l->word, LOCK_WAITER, __ATOMIC_RELAXED);\n", ""),
    ("restart-unseen", "cross_call.c", "return !restarted;", "return true;"),
    ("restart-forgotten", "cross_call.c", "    cpu->restarted = false;\n    return", "    return"),
    ("not-undone", "cross_call.c", "cpu->frame->pc -= 4;", ";"),
    ("call-without-event", "cross_call.c", "    send_event(); // it watches its lock, not this\n", ""),
    ("served-without-event", "cross_call.c", "    send_event();\n    return true;", "    return true;"),
    ("called-too-early", "cross_call.c", "    wait_until_stopped(other);\n", "    if (0)\n        wait_until_stopped(other);\n"),
]


def build(name, file, old, new, command):
    """Compiles the test with one change; returns the program."""
    folder = os.path.join(WORK, name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(LOCK, os.path.join(folder, "lock"))
    path = os.path.join(folder, "lock", file)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if text.count(old) != 1:
        sys.exit(f"mutants.py: {name}: {file} has its text {text.count(old)} times, not once")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    program = os.path.join(folder, "test")
    command = [a.replace(LOCK, os.path.join(folder, "lock")) for a in command]
    # The changed headers come before the real ones.
    subprocess.run([command[0], "-I" + folder, *command[1:], "-w", "-o", program], check=True)
    return program


def outcome(program):
    """What is wrong with it, or None."""
    test = subprocess.run([program], env=dict(os.environ, CK_TIMEOUT_MULTIPLIER=LIMIT), text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return next((h for h in ("data race", "Test timeout expired", "Assertion") if h in test.stdout), "fails") if test.returncode else None


def main(arguments):
    split = arguments.index("--")
    names, command = arguments[:split], arguments[split + 1:]
    wrong = 0
    for name, file, old, new in MUTANTS:
        if names and name not in names:
            continue
        program = build(name, file, old, new, command)
        how = outcome(program)
        print(f"  MUTANT {name}: {how or 'NOT FOUND'}", flush=True)
        wrong += not how
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
