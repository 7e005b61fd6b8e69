# SPDX-License-Identifier: MIT
"""What the documents name exists: links, headings, files, make targets, options."""
import glob
import os
import re

import pytest

from machine import ROOT

DOCUMENTS = ["README.md"] + sorted(os.path.relpath(p, ROOT) for p in glob.glob(f"{ROOT}/docs/*.md"))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def anchors(text):
    """The anchors of a document's headings, as web front ends make them."""
    names = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", n.lower()).strip().replace(" ", "-") for n in names}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links(document):
    for target in re.findall(r"\]\(([^)]+)\)", read(document)):
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
        assert os.path.exists(os.path.join(ROOT, path)), f"{document}: {target}"
        assert not anchor or anchor in anchors(read(path)), f"{document}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files(document):
    """Paths below the directories of the tree, `<...>` and `*` stand for anything."""
    for path in re.findall(r"`((?:bsp|docs|images|kernel|mk|overlays|tests|userland)/[\w./<>*-]*)`",
                           read(document)):
        if path.startswith("bsp/mine"):
            continue
        pattern = re.sub(r"<[^>]*>", "*", path).rstrip("/")
        assert glob.glob(os.path.join(ROOT, pattern)), f"{document}: {path}"


def make_targets():
    text = read("Makefile") + "".join(read(os.path.relpath(p, ROOT))
                                      for p in glob.glob(f"{ROOT}/mk/*.mk"))
    return set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.M)).split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets(document):
    commands = re.findall(r"(?:`|^    )make ([^`\n]*)", read(document), re.M)
    assert commands or document.endswith(("architecture.md", "kernel-interface.md", "messages.md", "reference.md"))
    for command in commands:
        for word in re.split(r"\s{2,}", command)[0].split():
            if "=" in word or not re.fullmatch(r"[a-z][a-z-]*", word):
                continue
            assert word in make_targets(), f"{document}: make {command}"
            break


LIBRARIES = {"rom-drv": "block"} # with options of their own


def test_options_of_programs():
    """Long options of reference.md are in the sources of their program."""
    program = None
    for line in read("docs/reference.md").splitlines():
        heading = re.match(r"### ([\w-]+)$", line)
        if heading:
            program = heading.group(1)
        for option in re.findall(r"`(?:-\w`, `)?--([a-z-]+)", line) if line.startswith("|") else []:
            sources = "".join(read(os.path.relpath(p, ROOT))
                              for place in (program, f"lib/{LIBRARIES.get(program)}")
                              for p in glob.glob(f"{ROOT}/userland/{place}/*.c"))
            assert option in sources, f"{program} --{option}"
