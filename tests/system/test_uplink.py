# SPDX-License-Identifier: MIT
"""virtio-net-drv: guests at a switch reach the network of the emulator, and are reached."""
import hashlib
import http.server
import random
import re
import threading
import urllib.request

import pytest

from guide import examples, own_entry
from machine import BOOT, STEP, Cons
from network import free_port

pytestmark = pytest.mark.board("qemu-virt")
HOST = "10.0.2.2"  # of the emulator's network: this machine
FIRST = "10.0.2.15"  # its first lease, to which forwarded ports lead
SIZE = 3 << 20


@pytest.fixture(name="web")
def web_server():
    """The address of a server here, and what all of its pages hold."""
    data = random.Random(12).randbytes(SIZE)

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # pylint: disable=invalid-name
            self.send_response(200)
            self.send_header("Content-Length", str(SIZE))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format, *args):  # pylint: disable=redefined-builtin
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}/", hashlib.md5(data).hexdigest()
        server.shutdown()


def address(shell):
    return shell.run("ifconfig eth0 | sed -n 's/.*inet addr:\\([0-9.]*\\).*/\\1/p'").strip()


def fetched(shell, url):
    return shell.run(f"wget -q -O - {url} | md5sum", timeout=5 * STEP).split()[0]


def test_uplink(boot, web):
    url, digest = web
    port = free_port()
    m = boot("uvmm-2vm-uplink", forward=f"{port}:80")
    m.expect("network card at 0x[0-9a-f]+ and its port are connected, 128 buffers each way", BOOT)
    cons = Cons(m)
    at = {guest: address(cons.shell(guest)) for guest in (1, 2)}
    assert len(set(at.values())) == 2 and FIRST in at.values(), at
    for guest in (1, 2):
        shell = cons.shell(guest)
        assert fetched(shell, url) == digest
        shell.run(f"ping -c 3 {at[3 - guest]}", timeout=STEP)
    # and the other way round
    shell = cons.shell(next(guest for guest in at if at[guest] == FIRST))
    shell.run(f"mkdir /tmp/www && head -c {SIZE} /dev/urandom >/tmp/www/x && httpd -p 80 -h /tmp/www")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/x", timeout=5 * STEP) as answer:
        assert hashlib.md5(answer.read()).hexdigest() == shell.run("md5sum </tmp/www/x").split()[0]


def test_guide_of_networks(boot, tmp_path):
    """What the guide says of them, word for word."""
    script, command = examples("Networks")
    cons = examples("Guests: vmm.lua")[0].partition("vmm.start_vm")[0]
    (tmp_path / "uvmm-2vm-uplink.ned").write_text(cons + script)
    forward = re.search('FORWARD="(.*?)"', command).group(1).replace("2222:", f"{free_port()}:").replace("8080:", f"{free_port()}:")
    m = boot("guide-uvmm-2vm-uplink", net=re.search(r"NET=(\S+)", command).group(1), forward=forward,
             **own_entry("uvmm-2vm-uplink", tmp_path, "images/modules.list"))
    shell = Cons(m).shell(1)
    assert address(shell) == FIRST
    shell.run("echo reached >/tmp/x && httpd -h /tmp")
    port = forward.split()[1].split(":")[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/x", timeout=5 * STEP) as answer:
        assert answer.read() == b"reached\n"
