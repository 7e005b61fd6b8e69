# SPDX-License-Identifier: MIT
"""hello-ned: kernel, sigma0, moe, ned, l4re and a program that prints through moe's log."""
import pytest

from machine import BOOT


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_hello(boot, cpus):
    m = boot("hello-ned", cpus=cpus)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)


@pytest.mark.parametrize("mem", ["256M", "4G"])
def test_hello_memory(boot, mem):
    m = boot("hello-ned", mem=mem)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a72", "cortex-a76", "max"])
def test_hello_cpu(boot, cpu):
    m = boot("hello-ned", cpu=cpu)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)
