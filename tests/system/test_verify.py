# SPDX-License-Identifier: MIT
"""The models of the kernel's locks, of messages to vCPUs that run elsewhere and of vCPUs that stop each other, and some with a
mistake each (`make verify` explores more)."""
import os
import subprocess
import sys

VERIFY = os.path.join(os.path.dirname(__file__), "..", "verify", "verify.py")


def test_verify():
    subprocess.run([sys.executable, VERIFY, "--quick"], check=True)
