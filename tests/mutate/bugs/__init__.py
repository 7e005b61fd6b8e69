# SPDX-License-Identifier: MIT
"""What an honest slip would be, in checks that guard something.

UNIT: {tests/unit/NAME.mk: {what is wrong: (file, text that is once in it, its replacement)}}
SYSTEM: {what is wrong: (file, text, replacement, by what it is found)}, in system.py
"""
from . import block, boot, kernel, moe, runtime, services, uvmm, virtio
from .system import SYSTEM

PARTS = (block, boot, kernel, moe, runtime, services, uvmm, virtio)
UNIT = {test: group for part in PARTS for test, group in part.UNIT.items()}
