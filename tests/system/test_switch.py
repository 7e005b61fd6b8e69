# SPDX-License-Identifier: MIT
"""l4vio_switch: three guests in two VLANs; ports, and what is refused."""
import network
from machine import BOOT, SLOW, STEP, Cons


def test_vlans(boot):
    m = boot("uvmm-3vm-switch")
    cons = Cons(m)
    for guest in (1, 2, 3):
        cons.shell(guest)
    network.check_ping(cons, 1, 2, 20)
    # Guest 3 asks everybody for both addresses: nobody hears it, and it hears of nobody.
    shell = cons.shell(3)
    for guest in (1, 2):
        assert "100% packet loss" in shell.run(f"ping -c 3 -W 1 {network.ADDRESS[guest]}", timeout=60 * SLOW, check=False)
    assert shell.run("cat /sys/class/net/eth0/statistics/rx_packets").split()[0] == "0"
    assert shell.run("cat /sys/class/net/eth0/statistics/tx_packets").split()[0] != "0"
    shell = cons.shell(1)
    assert "100% packet loss" in shell.run(f"ping -c 3 -W 1 {network.ADDRESS[3]}", timeout=60 * SLOW, check=False)
    neighbours = shell.run("cat /proc/net/arp")
    assert network.ADDRESS[2] in neighbours
    network.check_transfer(cons, 2, 1, network.MIB)


def test_ports(boot):
    m = boot("switch-ports")
    for wrong in (r"-s 100: the size of a queue is a power of two", r"option '-p': lacks its argument",
                  r"option '-z': there are -p, -s,"):
        m.expect(rf"wrong +\| {wrong}", BOOT)
        m.expect(r"status 1", STEP)
    for line in (r"switch +\| port 'one', access, VLAN 1, MAC 02:00:00:00:00:01", r"made",
                 r"switch +\| port 'all', trunk of all, MAC 02(:[0-9a-f]{2}){5}", r"made",
                 r"switch +\| port '': a monitor gets the frames of all VLANs, vlan= has no effect",
                 r"switch +\| port 'monitor\[3\]', monitor", r"made",
                 r"there is a monitor already", r"refused: .*",
                 r"one has the same MAC address", r"refused: .*",
                 r"argument 2 'vlan=access=4095': access= takes one VLAN from 1 to 4094", r"refused: .*",
                 r"argument 3 'vlan=trunk=2': vlan= is there already", r"refused: .*",
                 r"argument 2 'nonsense': unknown option; there are ds-max=, name=, mac=, type= and vlan=", r"refused: .*",
                 r"argument 2 'ds-max=0': ds-max is a number from 1 to 80", r"refused: .*",
                 r"type 7: only ports", r"refused: .*",
                 r"made", r"made",
                 r"port '\[2\]', in no VLAN", r"a third port is made",
                 r"its factory is for no more|all ports that -p allows exist", r"of the share: false",
                 r"port 'four' refused: all ports that -p allows exist", r"refused: .*",
                 r"(one|monitor\[3\]): gone, 0 packets sent, 0 of them to nobody; 0 received, 0 missed",
                 r"port 'next', monitor", r"made",
                 r"port 'five', trunk, MAC 02:00:00:00:00:01", r"made",
                 r"switch-ports: done"):
        m.expect(line, STEP)
