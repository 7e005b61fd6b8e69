// SPDX-License-Identifier: MIT
// What the network switch goes by: addresses, VLANs, options of ports, its command line.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "command_line.h"
#include "mac_table.h"
#include "options.h"
#include "unit_run.h"
#include "vlan.h"

static struct mac_table macs;
static int one, two; // ports

static void *at(uint64_t address, unsigned vlan)
{
    return mac_table_find(&macs, address, vlan);
}

START_TEST(addresses_are_learned_and_move)
{
    mac_table_init(&macs, 4711);
    ck_assert_ptr_null(at(1, 0));
    mac_table_learn(&macs, 1, 0, &one);
    mac_table_learn(&macs, 0xffffffffffff, 4094, &two);
    ck_assert_ptr_eq(at(1, 0), &one);
    ck_assert_ptr_null(at(1, 1)); // another VLAN, another place
    ck_assert_ptr_eq(at(0xffffffffffff, 4094), &two);
    mac_table_learn(&macs, 1, 1, &two);
    mac_table_learn(&macs, 1, 0, &two);
    ck_assert_ptr_eq(at(1, 0), &two);
    ck_assert_ptr_eq(at(1, 1), &two);
    mac_table_learn(&macs, 1, 1, &one);
    ck_assert_ptr_eq(at(1, 0), &two);
    ck_assert_ptr_eq(at(1, 1), &one);
}
END_TEST

START_TEST(a_full_table_forgets_the_oldest)
{
    mac_table_init(&macs, (uint64_t)_i);
    for (unsigned i = 0; i < MAC_TABLE_ENTRIES; i++)
        mac_table_learn(&macs, i, 1, &one);
    mac_table_learn(&macs, 5, 1, &two); // known: no new entry
    for (unsigned i = 0; i < MAC_TABLE_ENTRIES; i++)
        ck_assert_ptr_eq(at(i, 1), i == 5 ? &two : &one);
    for (unsigned i = 0; i < 10; i++) {
        mac_table_learn(&macs, 100000 + i, 1, &two);
        ck_assert_ptr_null(at(i, 1));
        ck_assert_ptr_eq(at(i + 1, 1), i + 1 == 5 ? &two : &one);
    }
    for (unsigned i = 0; i < 5 * MAC_TABLE_ENTRIES; i++)
        mac_table_learn(&macs, 0x10000000ull * i, i % 4095, &one);
    unsigned there = 0;
    for (unsigned i = 0; i < 5 * MAC_TABLE_ENTRIES; i++)
        there += at(0x10000000ull * i, i % 4095) == &one;
    ck_assert_uint_eq(there, MAC_TABLE_ENTRIES);
}
END_TEST

START_TEST(a_port_is_forgotten)
{
    mac_table_init(&macs, 1);
    for (unsigned i = 0; i < 3000; i++)
        mac_table_learn(&macs, i, i % 7, i % 3 ? &one : &two);
    mac_table_forget(&macs, &one);
    unsigned there = 0;
    for (unsigned i = 0; i < 3000; i++) {
        ck_assert_ptr_ne(at(i, i % 7), &one);
        there += at(i, i % 7) == &two;
    }
    ck_assert_uint_eq(there, MAC_TABLE_ENTRIES / 3);
    for (unsigned i = 0; i < 3000; i++) // and its entries serve others
        mac_table_learn(&macs, i, 0, &one);
    for (unsigned i = 3000 - MAC_TABLE_ENTRIES; i < 3000; i++)
        ck_assert_ptr_eq(at(i, 0), &one);
}
END_TEST

// How many addresses share a bucket at most, with or without randomness.
START_TEST(addresses_spread)
{
    mac_table_init(&macs, _i ? 0x123456789abcdefull * (unsigned)_i : 0);
    for (unsigned i = 0; i < MAC_TABLE_ENTRIES; i++)
        mac_table_learn(&macs, 0x525400000000 + i, i % 3, &one);
    for (unsigned b = 0; b < MAC_TABLE_BUCKETS; b++) {
        unsigned n = 0;
        for (unsigned e = macs.bucket[b]; e; e = macs.entries[e - 1].next)
            n++;
        ck_assert_uint_le(n, 12);
    }
}
END_TEST

static struct frame_head head(char const *bytes)
{
    struct frame_head h;
    memcpy(h.bytes, bytes, FRAME_HEAD_MAX);
    ck_assert(frame_parse(&h, FRAME_HEAD_MAX));
    return h;
}

#define ADDRESSES "\x02\0\0\0\0\2\x02\0\0\0\0\1"

START_TEST(headers)
{
    struct frame_head h = { .bytes = ADDRESSES "\x08\x00" };
    ck_assert(!frame_parse(&h, 0));
    ck_assert(!frame_parse(&h, 13));
    ck_assert(frame_parse(&h, 14));
    ck_assert(!h.tagged);
    ck_assert_uint_eq(h.len, 14);
    ck_assert_uint_eq(frame_address(h.bytes + 6), 0x020000000001);

    h = head(ADDRESSES "\x81\x00\xff\xfe\x08\x06");
    ck_assert(h.tagged);
    ck_assert_uint_eq(h.vlan, 4094);
    ck_assert_uint_eq(h.len, 18);
    for (unsigned avail = 14; avail < 18; avail++) // a tag at the edge
        ck_assert(!frame_parse(&h, avail));

    uint8_t out[FRAME_HEAD_MAX];
    h = head(ADDRESSES "\x81\x00\xff\xfe\x08\x06");
    ck_assert_uint_eq(frame_remove_tag(&h, out), 14);
    ck_assert_mem_eq(out, ADDRESSES "\x08\x06", 14);
    h = head(ADDRESSES "\x08\x06\x77\x77\x77\x77");
    ck_assert_uint_eq(frame_add_tag(&h, 0x123, out), 18);
    ck_assert_mem_eq(out, ADDRESSES "\x81\x00\x01\x23\x08\x06", 18);
}
END_TEST

static struct vlan_port port(char const *text)
{
    struct vlan_port v = { .kind = VLAN_NATIVE };
    if (!strcmp(text, "monitor"))
        v.kind = VLAN_MONITOR;
    else if (*text)
        ck_assert_ptr_null(vlan_parse(&v, text));
    return v;
}

START_TEST(what_a_port_may_send)
{
    static struct {
        char const *port;
        int untagged, tag10, tag20, priority, reserved;
    } const t[] = {
        { "", 0, 0, 0, 0, 0 },
        { "access=10", 10, -1, -1, -1, -1 },
        { "trunk=10", -1, 10, -1, -1, -1 },
        { "trunk=20,10", -1, 10, 20, -1, -1 },
        { "trunk=all", 0, 10, 20, -1, -1 },
        { "monitor", -1, -1, -1, -1, -1 },
    };
    struct frame_head const untagged = head(ADDRESSES "\x08\x00\0\0\0\0"), tag10 = head(ADDRESSES "\x81\0\xe0\x0a\x08\0"),
                            tag20 = head(ADDRESSES "\x81\0\0\x14\x08\0"), priority = head(ADDRESSES "\x81\0\xe0\0\x08\0"),
                            reserved = head(ADDRESSES "\x81\0\x0f\xff\x08\0");
    struct vlan_port v = port(t[_i].port);
    ck_assert_int_eq(vlan_ingress(&v, &untagged), t[_i].untagged);
    ck_assert_int_eq(vlan_ingress(&v, &tag10), t[_i].tag10);
    ck_assert_int_eq(vlan_ingress(&v, &tag20), t[_i].tag20);
    ck_assert_int_eq(vlan_ingress(&v, &priority), t[_i].priority);
    ck_assert_int_eq(vlan_ingress(&v, &reserved), t[_i].reserved);
}
END_TEST

START_TEST(where_a_frame_may_leave)
{
    // -: kept in, =: as it is, +: a tag is added, *: it is removed
    static struct {
        char const *port, *native, *native_tagged, *ten, *ten_tagged, *twenty, *twenty_tagged;
    } const t[] = {
        { "", "=", "=", "-", "-", "-", "-" },
        { "access=10", "-", "-", "=", "*", "-", "-" },
        { "trunk=10", "-", "-", "+", "=", "-", "-" },
        { "trunk=1,20", "-", "-", "-", "-", "+", "=" },
        { "trunk=all", "=", "-", "+", "=", "+", "=" },
        { "monitor", "=", "=", "+", "=", "+", "=" },
    };
    static char const name[] = { [VLAN_KEPT_IN] = '-', [VLAN_AS_IS] = '=', [VLAN_ADD_TAG] = '+', [VLAN_REMOVE_TAG] = '*' };
    struct vlan_port v = port(t[_i].port);
    ck_assert_int_eq(name[vlan_egress(&v, VLAN_ID_NATIVE, false)], *t[_i].native);
    ck_assert_int_eq(name[vlan_egress(&v, VLAN_ID_NATIVE, true)], *t[_i].native_tagged);
    ck_assert_int_eq(name[vlan_egress(&v, 10, false)], *t[_i].ten);
    ck_assert_int_eq(name[vlan_egress(&v, 10, true)], *t[_i].ten_tagged);
    ck_assert_int_eq(name[vlan_egress(&v, 20, false)], *t[_i].twenty);
    ck_assert_int_eq(name[vlan_egress(&v, 20, true)], *t[_i].twenty_tagged);
}
END_TEST

START_TEST(a_trunk_has_the_vlans_that_it_names)
{
    struct vlan_port v = port("trunk=1,63,64,65,4094");
    for (unsigned id = 0; id <= VLAN_ID_MAX; id++) {
        bool in = id == 1 || (id >= 63 && id <= 65) || id == VLAN_ID_MAX;
        ck_assert_int_eq(vlan_egress(&v, id, true), in ? VLAN_AS_IS : VLAN_KEPT_IN);
    }
}
END_TEST

START_TEST(port_options)
{
    struct switch_port_options o;
    switch_port_options_init(&o);
    ck_assert_int_eq(o.vlan.kind, VLAN_NATIVE);
    ck_assert(!o.monitor);
    ck_assert_uint_eq(o.port.ds_max, PORT_DS_MAX_DEFAULT);
    ck_assert_ptr_null(switch_port_options_text(&o, "ds-max=80"));
    ck_assert_ptr_null(switch_port_options_text(&o, "name=net0"));
    ck_assert_ptr_null(switch_port_options_text(&o, "mac=02:00:00:00:00:01"));
    ck_assert_ptr_null(switch_port_options_text(&o, "type=none"));
    ck_assert(!o.monitor);
    ck_assert_ptr_null(switch_port_options_text(&o, "type=monitor"));
    ck_assert(o.monitor);
    ck_assert_ptr_null(switch_port_options_text(&o, "vlan=access=4094"));
    ck_assert_uint_eq(o.vlan.id, 4094);
    ck_assert_uint_eq(o.port.ds_max, 80);
    ck_assert_str_eq(o.port.name, "net0");
    ck_assert(o.port.has_mac);
}
END_TEST

START_TEST(bad_port_options)
{
    static char const *const t[] = {
        "", "type=", "type=Monitor", "type=monitors", "vlan=", "vlan=10", "vlan=access=", "vlan=access=0", "vlan=access=4095",
        "vlan=access=10x", "vlan=access=10,11", "vlan=access= 1", "vlan=access=-1", "vlan=access=4294967297", "vlan=access=all",
        "vlan=trunk=", "vlan=trunk=0", "vlan=trunk=1,", "vlan=trunk=,1", "vlan=trunk=1,,2", "vlan=trunk=1,4095",
        "vlan=trunk=1 2",
        "vlan=trunk=all,1", "vlan=trunk=1,all", "vlan=Trunk=1", "vlan=native", "ds-max=81", "mac=01:00:00:00:00:00", "monitor",
    };
    struct switch_port_options o;
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        switch_port_options_init(&o);
        ck_assert_msg(switch_port_options_text(&o, t[i]) != NULL, "'%s' was taken", t[i]);
    }
    static char const *const more[] = { "vlan=access=1", "vlan=trunk=1", "vlan=trunk=all" };
    for (unsigned i = 0; i < 9; i++) { // a port is in VLANs in one way
        switch_port_options_init(&o);
        ck_assert_ptr_null(switch_port_options_text(&o, more[i / 3]));
        ck_assert_ptr_nonnull(switch_port_options_text(&o, more[i % 3]));
    }
    switch_port_options_init(&o);
    ck_assert_ptr_nonnull(strstr(switch_port_options_text(&o, "x"), "vlan="));
}
END_TEST

static struct command_line c;

static bool read_line(char const *text)
{
    static char copy[1000];
    static char name[] = "l4vio_switch";
    char *argv[64] = { name };
    int argc = 1;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return command_line_read(&c, argc, argv);
}

START_TEST(good_command_lines)
{
    ck_assert(read_line(""));
    ck_assert_uint_eq(c.ports, 256);
    ck_assert_uint_eq(c.queue_size, 256);
    ck_assert(c.own_macs);
    ck_assert(!c.quiet);
    ck_assert(read_line("-v -p 3 -m -s1 -M -D trace -d one --register-ds two"));
    ck_assert_uint_eq(c.ports, 3);
    ck_assert_uint_eq(c.queue_size, 1);
    ck_assert(!c.own_macs);
    ck_assert_uint_eq(c.ds_count, 2);
    ck_assert_str_eq(c.ds[1], "two");
    ck_assert(read_line("--ports=4096 --size 32768 --mac --quiet"));
    ck_assert_uint_eq(c.ports, 4096);
    ck_assert_uint_eq(c.queue_size, 32768);
    ck_assert(c.quiet);
    ck_assert(read_line("-D packet=quiet -D core=info"));
    ck_assert(!c.quiet);
    ck_assert(read_line("-D warn"));
    ck_assert(c.quiet);
    ck_assert(read_line("-D warn -v"));
    ck_assert(!c.quiet);
}
END_TEST

START_TEST(bad_command_lines)
{
    static char const *const t[] = {
        "-p", "-p 0", "-p 4097", "-p x", "-p 3x", "-p -1", "-s 0", "-s 3", "-s 65536", "-s 255", "-s 256x", "-s", "-x",
        "--nothing",
        "-D", "-D loud", "-D =info", "-D core=", "-D cores=info", "-D info=core", "-d", "word", "-v word",
        "-d1 -d2 -d3 -d4 -d5 -d6 -d7 -d8 -d9 -d10 -d11 -d12 -d13 -d14 -d15 -d16 -d17",
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++)
        ck_assert_msg(!read_line(t[i]), "'%s' was taken", t[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("switch_rules");
    TCase *t = tcase_create("all");
    tcase_add_test(t, addresses_are_learned_and_move);
    tcase_add_loop_test(t, a_full_table_forgets_the_oldest, 0, 3);
    tcase_add_test(t, a_port_is_forgotten);
    tcase_add_loop_test(t, addresses_spread, 0, 8);
    tcase_add_test(t, headers);
    tcase_add_loop_test(t, what_a_port_may_send, 0, 6);
    tcase_add_loop_test(t, where_a_frame_may_leave, 0, 6);
    tcase_add_test(t, a_trunk_has_the_vlans_that_it_names);
    tcase_add_test(t, port_options);
    tcase_add_test(t, bad_port_options);
    tcase_add_test(t, good_command_lines);
    tcase_add_test(t, bad_command_lines);
    suite_add_tcase(s, t);
    return unit_run(s);
}
