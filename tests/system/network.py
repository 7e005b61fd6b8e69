# SPDX-License-Identifier: MIT
"""What both network scenarios have to do."""
import hashlib
import os
import socket

from machine import ROOT, SLOW

ADDRESS = {1: "192.168.1.1", 2: "192.168.1.2", 3: "192.168.1.3"}
MIB = 1 << 20
# Numbered copies of a file that guests and tests both have.
STREAM = "(i=0; while [ $i -lt 64 ]; do echo $i; cat /bin/busybox; i=$((i+1)); done) | head -c {}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def stream_md5(size):
    with open(os.path.join(ROOT, "build/packages/busybox/bin/busybox"), "rb") as f:
        data = f.read()
    h, left = hashlib.md5(), size
    for i in range(64):
        piece = (f"{i}\n".encode() + data)[:left]
        h.update(piece)
        left -= len(piece)
    assert left == 0
    return h.hexdigest()


def check_ping(cons, source, target, count=100):
    shell = cons.shell(source)
    output = shell.run(f"ping -i 0.2 -c {count} {ADDRESS[target]}", timeout=300 * SLOW)
    assert f"{count} packets transmitted, {count} packets received, 0% packet loss" in output


def listening(port):
    """A command that waits until somebody listens."""
    return f"until grep -q ':{port:04X} .* 0A ' /proc/net/tcp*; do sleep 1; done"


def check_transfer(cons, source, target, size):
    """Sends bytes with nc, and compares what arrives with what was to be sent."""
    receiver = cons.shell(target)
    # A fifo that is open for both ends as standard input: nc ends with the connection only.
    receiver.run("rm -f /tmp/in; mkfifo /tmp/in; nc -l -p 5000 <>/tmp/in | md5sum >/tmp/sum & " +
                 listening(5000))
    sender = cons.shell(source)
    sender.run(STREAM.format(size) + f" >/tmp/data; nc {ADDRESS[target]} 5000 </tmp/data; rm /tmp/data"
               if size <= 16 * MIB else
               f"rm -f /tmp/out; mkfifo /tmp/out; ({STREAM.format(size)} >/tmp/out &) ; "
               f"nc {ADDRESS[target]} 5000 </tmp/out", timeout=900 * SLOW)
    receiver = cons.shell(target)
    receiver.run("wait", timeout=120 * SLOW)
    assert receiver.run("cat /tmp/sum").split()[0] == stream_md5(size)


def check_both_directions(cons, size):
    """Each guest sends and receives at the same time."""
    for guest in (1, 2):
        cons.shell(guest).run("rm -f /tmp/in /tmp/out; mkfifo /tmp/in /tmp/out; "
                              "nc -l -p 5001 <>/tmp/in | md5sum >/tmp/sum & " + listening(5001))
    for guest, peer in ((1, 2), (2, 1)):
        cons.shell(guest).run(f"{{ {STREAM.format(size)} >/tmp/out & }}; "
                              f"nc {ADDRESS[peer]} 5001 </tmp/out & sleep 1")
    assert len(cons.shell(1).run("pidof nc").split()) == 2, "the first transfer has ended already"
    for guest in (1, 2):
        shell = cons.shell(guest)
        shell.run("wait", timeout=1800 * SLOW)
        assert shell.run("cat /tmp/sum").split()[0] == stream_md5(size)


def check_interfaces(cons):
    for guest in (1, 2):
        output = cons.shell(guest).run("ip -4 addr show eth0")
        assert ADDRESS[guest] + "/24" in output


def lost_packets(cons, one, other):
    """How many packets each guest's interface has sent that the other one has not received, when no more are under way."""
    said = None
    for _ in range(10):
        before, counts = said, {}
        for key in (one, other):
            statistics = cons.shell(key).run("cd /sys/class/net/eth0/statistics; cat tx_packets rx_packets; cd /").split()
            counts[key] = [int(n) for n in statistics]
        said = counts[one][0] - counts[other][1], counts[other][0] - counts[one][1]
        if said == before:
            break
    return said


def losses(cons, *keys):
    """What the guests' kernels say of packets that they have dropped: for a message."""
    said = ""
    for key in keys:
        shell = cons.shell(key)
        said += f"guest {key}:\n" + shell.run("grep -E '^(Ip|Icmp):' /proc/net/snmp; cat /proc/net/softnet_stat /proc/net/dev "
                                             "/proc/net/arp; dmesg | tail -n 5", check=False)
    return said
