# SPDX-License-Identifier: MIT
"""`make fuzz-host`: runs the fuzzers of this folder, for a share of the time each, up to the first finding.

usage: fuzz_host.py run [--minutes N] [FUZZER...]
       fuzz_host.py merge [FUZZER...]        takes into the kept inputs what reaches something new
"""
import argparse
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys

BUILD = "build/fuzz-host"
KEPT = "tests/fuzz/host/corpus"
# A single input may take seconds, and a program megabytes.
LIMITS = ["-timeout=20", "-rss_limit_mb=1024"]


class Fuzzer:
    """One line of build/fuzz-host/list."""

    def __init__(self, line):
        self.name, self.max_len, self.dictionary, *self.fuzzed = line.split()
        self.program = f"{BUILD}/{self.name}"
        self.kept = f"{KEPT}/{self.name}"
        self.new = f"{BUILD}/corpus/{self.name}"
        self.findings = f"{BUILD}/findings/{self.name}-"

    def run(self, *arguments, profile="/dev/null", **options):
        """Runs the program; what it prints is text."""
        os.makedirs(self.new, exist_ok=True)
        os.makedirs(os.path.dirname(self.findings), exist_ok=True)
        env = dict(os.environ, LLVM_PROFILE_FILE=profile)
        return subprocess.run([self.program, *LIMITS, f"-artifact_prefix={self.findings}", *arguments], env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                              **options)


def fuzzers(names=()):
    """Those of the list, or the named ones of it."""
    with open(f"{BUILD}/list", encoding="utf-8") as file:
        known = {f.name: f for f in map(Fuzzer, file)}
    for name in names:
        if name not in known:
            sys.exit(f"there is no fuzzer '{name}', but: {' '.join(known)}")
    return [known[n] for n in names] or list(known.values())


def hunt(fuzzer, seconds):
    """Runs one for a time; returns (finding or None, what it printed)."""
    before = set(glob.glob(f"{fuzzer.findings}*"))
    words = [] if fuzzer.dictionary == "-" else [f"-dict={fuzzer.dictionary}"]
    done = fuzzer.run(f"-max_total_time={seconds}", f"-max_len={fuzzer.max_len}", *words, "-print_final_stats=1", fuzzer.new,
                      fuzzer.kept)
    found = sorted(set(glob.glob(f"{fuzzer.findings}*")) - before)
    if done.returncode:
        return (found[0] if found else "no file"), done.stdout
    return None, done.stdout


def statistic(text, name):
    lines = [line.split()[-1] for line in text.splitlines() if name in line]
    return lines[-1] if lines else "?"


def run(chosen, minutes):
    jobs = len(os.sched_getaffinity(0))
    seconds = max(1, int(minutes * 60 * min(jobs, len(chosen)) / len(chosen)))
    print(f"{len(chosen)} fuzzers, {seconds} s each", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(hunt, f, seconds): f for f in chosen}
        for future in concurrent.futures.as_completed(waiting):
            fuzzer = waiting[future]
            finding, text = future.result()
            if finding:
                print(text)
                print(f"{fuzzer.name}: a finding: {finding}\nrepeat it:  {fuzzer.program} {finding}")
                pool.shutdown(wait=False, cancel_futures=True)
                return 1
            print(f"  FUZZ   {fuzzer.name}: {statistic(text, 'number_of_executed_units')} inputs, "
                  f"{statistic(text, 'new_units_added')} new", flush=True)
    print("no finding")
    return 0


def merge(chosen):
    """The kept inputs anew, smallest first, by the edges that they reach alone: how often is not worth a file."""
    for fuzzer in chosen:
        smaller = f"{BUILD}/merged/{fuzzer.name}"
        shutil.rmtree(smaller, ignore_errors=True)
        os.makedirs(smaller)
        os.makedirs(fuzzer.kept, exist_ok=True)
        done = fuzzer.run("-merge=1", "-use_counters=0", f"-max_len={fuzzer.max_len}", smaller, fuzzer.kept, fuzzer.new)
        if done.returncode:
            print(done.stdout)
            return 1
        shutil.rmtree(fuzzer.kept)
        shutil.copytree(smaller, fuzzer.kept)
        files = glob.glob(f"{fuzzer.kept}/*")
        print(f"  MERGE  {fuzzer.name}: {len(files)} inputs of {sum(map(os.path.getsize, files))} bytes", flush=True)
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("run", "merge"))
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    chosen = fuzzers(args.names)
    return merge(chosen) if args.what == "merge" else run(chosen, args.minutes)


if __name__ == "__main__":
    sys.exit(main())
