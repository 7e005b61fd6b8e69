# SPDX-License-Identifier: MIT
"""Programs that are killed while they are used (tests/kills); `make kills`: many times."""
import kills

ROUNDS = 1


def test_kills(boot):
    found, count = kills.watch(boot("kills-short", **kills.parameters(ROUNDS, "kills-short")))
    assert not found, "\n".join(found)
    assert count == ROUNDS * kills.KINDS
