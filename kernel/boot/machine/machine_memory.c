// SPDX-License-Identifier: MIT
// RAM and what of it is reserved (Devicetree Specification 3.4, 3.5, 5.3).
#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>

static void add_bank(struct machine *m, char const *name, struct range r)
{
    if (r.end > MACHINE_MAX_RAM) {
        uint64_t start = r.start > MACHINE_MAX_RAM ? r.start : MACHINE_MAX_RAM;
        report_note("%s: memory 0x%llx..0x%llx left out: programs have addresses of 40 bits", name,
                    (unsigned long long)start, (unsigned long long)r.end - 1);
        m->ram_left_out = true;
        if (r.start >= MACHINE_MAX_RAM)
            return;
        r.end = MACHINE_MAX_RAM;
    }
    struct range pages = {round_up(r.start, PAGE_SIZE), round_down(r.end, PAGE_SIZE)};
    if (pages.start >= pages.end)
        return;
    switch (place_add(&m->ram, pages.start, pages.end)) {
    case PLACE_OK:
        break;
    case PLACE_OVERLAP:
        report_note("%s: bank 0x%llx..0x%llx overlaps another one: merged", name,
                    (unsigned long long)pages.start, (unsigned long long)pages.end - 1);
        break;
    case PLACE_FULL:
        report_note("%s: too many memory banks, 0x%llx..0x%llx is not used", name,
                    (unsigned long long)pages.start, (unsigned long long)pages.end - 1);
        break;
    }
}

static void read_bank_node(void const *fdt, int node, struct machine *m)
{
    char const *name = fdt_get_name(fdt, node, NULL);
    unsigned count = dt_reg_count(fdt, node);
    if (!count)
        report_note("%s: memory node without a usable reg property", name);
    for (unsigned i = 0; i < count; i++) {
        struct range r;
        if (!dt_reg(fdt, node, i, &r))
            report_note("%s: entry %u of reg wraps around the address space", name, i);
        else if (r.start < r.end)
            add_bank(m, name, r);
    }
}

static bool add_reserved(struct machine *m, char const *name, struct range r, bool no_map)
{
    if (r.start >= r.end)
        return true;
    if (m->num_reserved == MACHINE_MAX_RESERVED) {
        report_problem("%s: more than %u reserved memory ranges", name, MACHINE_MAX_RESERVED);
        return false;
    }
    if (r.end > MACHINE_MAX_PA)
        r.end = MACHINE_MAX_PA;
    if (r.start >= r.end)
        return true; // no RAM there that we would use
    r = (struct range){round_down(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};
    m->reserved[m->num_reserved++] = (struct machine_reserved){r, no_map};
    return true;
}

static bool read_reserve_map(void const *fdt, struct machine *m)
{
    int count = fdt_num_mem_rsv(fdt);
    if (count < 0) {
        report_problem("/memreserve/: %s", fdt_strerror(count));
        return false;
    }
    for (int i = 0; i < count; i++) {
        uint64_t start, size;
        if (fdt_get_mem_rsv(fdt, i, &start, &size) < 0)
            continue;
        uint64_t end = start + size < start ? UINT64_MAX : start + size;
        if (!add_reserved(m, "/memreserve/", (struct range){start, end}, false))
            return false;
    }
    return true;
}

static bool read_reserved_nodes(void const *fdt, struct machine *m)
{
    int top = dt_top(fdt, "reserved-memory"), node;
    if (top < 0)
        return true;
    dt_for_each_child(node, fdt, top) {
        char const *name = fdt_get_name(fdt, node, NULL);
        bool no_map = fdt_getprop(fdt, node, "no-map", NULL) != NULL;
        unsigned count = dt_reg_count(fdt, node);
        // Without reg, the range is for the operating system to choose: none is needed here.
        for (unsigned i = 0; dt_enabled(fdt, node) && i < count; i++) {
            struct range r;
            if (!dt_reg(fdt, node, i, &r)) {
                report_problem("/reserved-memory/%s: reg cannot be translated to an address", name);
                return false;
            }
            if (!add_reserved(m, name, r, no_map))
                return false;
        }
    }
    return true;
}

// Release words of CPUs that wait in a spin table: firmware may have forgotten to reserve them.
static bool reserve_release_words(struct machine *m)
{
    bool ok = true;
    for (unsigned i = 0; i < m->num_cpus; i++) {
        uint64_t a = m->cpus[i].release_addr;
        bool known = m->cpus[i].method != BOOT_CPU_SPIN_TABLE;
        for (unsigned k = 0; k < m->num_reserved; k++)
            known |= range_overlaps(m->reserved[k].range, (struct range){a, a + 8});
        if (!known)
            ok &= add_reserved(m, "cpu-release-addr", (struct range){a, a + 8}, false);
    }
    return ok;
}

// CPUs must have been read.
bool machine_read_memory(void const *fdt, struct machine *m)
{
    int node;
    unsigned nodes = 0;
    dt_for_each_child(node, fdt, 0) {
        if (dt_has_type(fdt, node, "memory") && dt_enabled(fdt, node)) {
            read_bank_node(fdt, node, m);
            nodes++;
        }
    }
    bool ok = read_reserve_map(fdt, m);
    ok = read_reserved_nodes(fdt, m) && ok;
    ok = reserve_release_words(m) && ok;
    if (!m->ram.num && m->ram_left_out) {
        report_problem("all memory of the machine lies from 2^40 on, where programs have no "
                       "addresses");
        return false;
    }
    if (!m->ram.num) {
        report_problem(nodes ? "the device tree names no memory: its memory nodes are empty, the "
                               "boot loader should have filled them in"
                             : "the device tree names no memory (a node with device_type = "
                               "\"memory\")");
        return false;
    }
    return ok;
}
