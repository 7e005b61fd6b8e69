# SPDX-License-Identifier: MIT
"""Programs that do to their servers what they can (tests/bad_client): the servers live on, and others do not notice."""
from machine import BOOT, STEP

ATTACKS = ["net", "ports", "consoles", "bus", "guest"]


def test_bad_client(boot):
    m = boot("bad-client")
    for attack in ATTACKS:
        m.expect(rf"attack {attack} (survived|SUCCEEDED)", BOOT)
        assert m.console.match[1] == "survived", m.tail()
    m.expect("ATTACKS OVER", STEP)
    text = m.text()
    assert "page fault" not in text
    assert "bus 'broken' is not configured" in text and "bus 'absent' is not configured" in text
    assert "Ready." not in text and "the vbus is not to be had" in text
