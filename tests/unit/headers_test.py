#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Public headers: each one compiles alone, as C and as C++, and those of C++ that programs may use do; and the tables of
docs/reference.md tell which functions of L4Re are there. Summary as of Check."""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/reference.md"
# Not C: they need what an assembler file, or their own library, brings.
CXX_LIBRARY = ("algorithm array atomic cstdint cstring functional memory new optional string string_view tuple type_traits "
               "utility variant vector mutex").split()
CXX20_LIBRARY = ["span", "bit", "concepts"]


def variables(*names):
    """Values of make variables."""
    rule = "".join(f"$(info {n}=$({n}))" for n in names) + "\nall:;@:\n"
    done = subprocess.run(["make", "-s", "SETUP=no", "NEEDS_BUILD=yes", "-f", "-", "all"], cwd=ROOT, text=True, check=True,
                          input="B := build\nsay =\ninclude mk/toolchain.mk\n" + rule, stdout=subprocess.PIPE)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def files(*folders):
    """Those not yet committed too."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return [f for f in out.split() if os.path.exists(os.path.join(ROOT, f))]


def is_assembly(path):
    """A header of macros for assembly files."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return bool(re.search(r"^\s*\.macro\b", f.read(), re.M))


def public():
    """(folder to include from, header)"""
    for path in files("kernel/include/l4/sys", "userland/lib"):
        folder, _, name = path.partition("/include/")
        if name.endswith(".h") and not is_assembly(path):
            yield folder + "/include", name


def compiles(command, text, suffix):
    """What is wrong with a source, empty: nothing."""
    with tempfile.TemporaryDirectory() as tmp:
        source = f"{tmp}/x.{suffix}"
        with open(source, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run([*command, "-fsyntax-only", source], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.stdout.replace(tmp, "") if done.returncode else ""


def commands():
    make = variables("CC", "CXX", "USER_CFLAGS", "USER_CXXFLAGS")
    includes = [f"-I{folder}" for folder in sorted({folder for folder, _ in public()})]
    return ([make["CC"], *shlex.split(make["USER_CFLAGS"]), *includes],
            [make["CXX"], *shlex.split(make["USER_CXXFLAGS"]), *includes])


def all_compile(jobs):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, error in zip((j[0] for j in jobs), pool.map(lambda j: compiles(*j[1:]), jobs)):
            if error:
                yield f"{name}: {error}"


def test_headers_stand_alone():
    c, cxx = commands()
    jobs = []
    for _, header in public():
        text = f"#include <{header}>\n#include <{header}>\n"
        jobs += [(f"{header} in C", c, text, "c"), (f"{header} in C++", cxx, text, "cc")]
    yield from all_compile(jobs)


def test_headers_of_cxx():
    _, cxx = commands()
    jobs = [(h, cxx, f"#include <{h}>\n", "cc") for h in CXX_LIBRARY]
    jobs += [(h, [*cxx, "-std=gnu++20"], f"#include <{h}>\n", "cc") for h in CXX20_LIBRARY]
    yield from all_compile(jobs)


def test_a_wrong_header_is_found():
    c, cxx = commands()
    for command, text, suffix in ((c, "l4_umword_t x;\n", "c"), (cxx, "#include <l4/sys/types.h>\nvoid *p; char *q = p;\n", "cc"),
                                  (cxx, "#include <iostream>\nint x = std::nothing;\n", "cc")):
        if not compiles(command, text, suffix):
            yield f"not found: {text}"


def declared(text):
    """Names of functions, types, macros and constants."""
    return set(re.findall(r"\b[A-Za-z_]\w*\b", re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)))


def rows(text):
    """(library, header, column, names) of the tables of C functions in docs/reference.md: headers of a row, then the names
    that work, are refused, are left out."""
    section = text.partition("## C\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            yield re.findall(r"`([^`]+)`", cells[0]), [names(c) for c in cells[1:]]


def names(cell):
    """`a`, `b_x`, `_y`: what begins with _ continues the name before it, without its last part."""
    result = []
    for n in re.findall(r"`([^`]+)`", cell):
        if n.startswith("_") and result:
            n = result[-1].rsplit("_", 1)[0] + n
        result.append(n.removesuffix("()"))
    return result


def wrong_rows(text, headers):
    """What a table says and the headers do not."""
    found = 0
    for paths, (works, refused, left_out) in rows(text):
        present = set()
        for path in paths:
            if path not in headers and works + refused:
                yield f"{DOCUMENT}: there is no header {path}"
            present |= headers.get(path, set())
        for name in works + refused:
            found += 1
            if name not in present:
                yield f"{DOCUMENT}: {paths[0]} has no {name}"
        for name in left_out:
            found += 1
            if name in present:
                yield f"{DOCUMENT}: {paths[0]} has {name}, which is said to be left out"
    if found < 100:
        yield f"{DOCUMENT}: only {found} names in its tables"


def test_tables():
    headers = {}
    for folder, header in public():
        with open(os.path.join(ROOT, folder, header), encoding="utf-8") as f:
            headers[header] = declared(f.read())
    # functions that macros make
    if "l4/util/atomic.h" in headers:
        headers["l4/util/atomic.h"] |= {f"l4util_{op}{n}{res}" for op in ("add", "sub", "and", "or", "inc", "dec")
                                        for n in ("8", "16", "32", "64", "") for res in ("", "_res")}
        headers["l4/util/atomic.h"] |= {f"l4util_{op}{n}" for op in ("cmpxchg", "xchg") for n in ("8", "16", "32", "64", "")}
    with open(os.path.join(ROOT, DOCUMENT), encoding="utf-8") as f:
        text = f.read()
    yield from wrong_rows(text, headers)
    wrong = "## C\n| `l4/sys/ipc.h` | `l4_ipc_nothing` | | `l4_ipc_call` |\n"
    if len(list(wrong_rows(wrong, headers))) != 3:
        yield "not found: a table that is wrong"


def main():
    tests = [f for name, f in sorted(globals().items()) if name.startswith("test_")]
    failed = 0
    for test in tests:
        findings = list(test())
        failed += bool(findings)
        for finding in findings:
            print(f"{test.__name__}: {finding}")
    print(f"{100 * (len(tests) - failed) // len(tests)}%: Checks: {len(tests)}, Failures: {failed}, Errors: 0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
