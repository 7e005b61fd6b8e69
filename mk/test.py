# SPDX-License-Identifier: MIT
"""`make test`: unit tests, then kernel and system tests; ends with `N passed, N failed`.

    test.py [--unit 'PROGRAM...'] [--workers N] -- PYTEST-ARGUMENTS
"""
import argparse
import os
import sys

import pytest

import unit


class Counter:
    """pytest plugin that counts what the final line tells, and names a test that failed when it fails: the run may take long."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed += 1
            print(f"\nFAILED {report.nodeid} ({report.when})", flush=True)
        elif report.skipped:
            self.skipped += 1
        elif report.when == "call":
            self.passed += 1

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed += 1


def default_workers():
    """Emulators wait half of the time; one that is held to a fifth of a CPU, longer."""
    cpus = len(os.sched_getaffinity(0))
    return 3 * cpus if os.environ.get("SLOW") == "1" else 2 * cpus


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--unit", default="")
    parser.add_argument("--workers", default="")
    parser.add_argument("pytest", nargs="*")
    args, rest = parser.parse_known_args()
    passed, failed = unit.main(args.unit.split())
    counter = Counter()
    os.makedirs("build/test-logs", exist_ok=True)
    workers = int(args.workers or default_workers())
    # tests/system/conftest.py makes the groups
    parallel = ["-n", str(workers), "--dist", "loadgroup"] if workers > 1 else []
    status = pytest.main(["-p", "no:cacheprovider", "-q", "-rs", *parallel, *args.pytest, *rest],
                         plugins=[counter])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not counter.failed:
        counter.failed = 1
    passed += counter.passed
    failed += counter.failed
    skipped = f", {counter.skipped} skipped" if counter.skipped else ""
    print(f"{passed} passed, {failed} failed{skipped}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
