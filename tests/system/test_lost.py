# SPDX-License-Identifier: MIT
"""What guests were told is on their disks is there, whatever is killed (tests/lost); `make lost`: many times."""
import pytest

from lost import Lost

ROUNDS, MOMENTS = 10, 6


@pytest.mark.board("qemu-virt")
def test_nothing_lost(boot, tmp_path):
    lost = Lost(tmp_path, 1, MOMENTS)
    assert not lost.run(boot, ROUNDS), "\n".join(lost.wrong)
    assert lost.reported > 2 * ROUNDS and lost.checked >= 2 * MOMENTS
