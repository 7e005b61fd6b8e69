# SPDX-License-Identifier: MIT
"""Runs Check test programs, as many at a time as there are CPUs, and adds up their results.

    unit.py PROGRAM...      prints one line a program, then `N passed, N failed`
"""
import concurrent.futures
import os
import re
import subprocess
import sys

TIMEOUT = 300  # seconds a program may take
SUMMARY = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)


def run(program):
    """Returns (passed, failed, output) of one program."""
    # Check gives a test 4 s; a busy machine needs more, and a hang is still found.
    env = dict(os.environ, CK_DEFAULT_TIMEOUT="60")
    try:
        done = subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT, text=True, errors="replace", check=False)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as e:
        output, status = (e.stdout or b"").decode(errors="replace") + "timed out\n", 1
    except OSError as e:
        return 0, 1, f"{e}\n"
    sums = [tuple(map(int, m)) for m in SUMMARY.findall(output)]
    checks = sum(s[0] for s in sums)
    failed = sum(s[1] + s[2] for s in sums)
    # A sanitizer ends a program without a summary, or after it.
    if status != 0 and failed == 0:
        failed = 1
        checks = max(checks, 1)
    if checks == 0:
        checks, failed, output = 1, 1, output + "no test was run\n"
    return checks - failed, failed, output


def main(programs):
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        for program, (p, f, output) in zip(programs, threads.map(run, programs)):
            print(f"  UNIT   {program.rsplit('/', 1)[-1]}: {p} passed, {f} failed", flush=True)
            if f:
                print(output)
            passed += p
            failed += f
    print(f"{passed} passed, {failed} failed")
    return passed, failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:])[1] else 0)
