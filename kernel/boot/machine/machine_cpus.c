// SPDX-License-Identifier: MIT
// The CPUs and how to start them (Devicetree Specification 3.7, 3.8; kernel binding arm/cpus.yaml).
// A CPU that the tree names and the machine lacks is for the kernel to find.
#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

static bool known(struct machine const *m, uint64_t mpidr)
{
    for (unsigned i = 0; i < m->num_cpus; i++)
        if (m->cpus[i].mpidr == mpidr)
            return true;
    return false;
}

// Fills in how to start the CPU; false (with a note) when there is no way.
static bool read_method(void const *fdt, int node, int cpus, struct machine const *m,
                        struct boot_cpu *cpu)
{
    char const *name = fdt_get_name(fdt, node, NULL);
    int len;
    char const *method = fdt_getprop(fdt, node, "enable-method", &len);
    if (!method)
        method = fdt_getprop(fdt, cpus, "enable-method", &len);
    if (!method && m->psci) {
        method = "psci";
        len = 5;
    }
    if (!method || len <= 0 || method[len - 1]) {
        report_note("%s: no enable-method: left out", name);
        return false;
    }
    if (!strcmp(method, "psci")) {
        cpu->method = BOOT_CPU_PSCI;
        if (m->psci && m->psci_has_version)
            return true;
        report_note("%s: to be started by PSCI, but there is no PSCI 0.2 or later: left out", name);
        return false;
    }
    if (!strcmp(method, "spin-table")) {
        cpu->method = BOOT_CPU_SPIN_TABLE;
        if (dt_get_number(fdt, node, "cpu-release-addr", &cpu->release_addr) &&
            cpu->release_addr % 8 == 0 && cpu->release_addr < MACHINE_MAX_PA)
            return true;
        report_note("%s: spin-table without a usable cpu-release-addr: left out", name);
        return false;
    }
    report_note("%s: enable-method \"%s\" is not known: left out", name, method);
    return false;
}

static bool read_mpidr(void const *fdt, int node, int cells, uint64_t *mpidr)
{
    int len;
    void const *reg = fdt_getprop(fdt, node, "reg", &len);
    if (!reg || cells < 1 || cells > 2 || len != 4 * cells)
        return false;
    *mpidr = dt_number(reg, (unsigned)cells);
    return !(*mpidr & ~DT_MPIDR_AFFINITY);
}

static void read_cpu(void const *fdt, int node, int cpus, int cells, struct machine *m,
                     unsigned *too_many)
{
    char const *name = fdt_get_name(fdt, node, NULL);
    struct boot_cpu cpu = {0};
    if (!dt_enabled(fdt, node))
        return;
    if (!read_mpidr(fdt, node, cells, &cpu.mpidr)) {
        report_note("%s: reg is no affinity value: left out", name);
    } else if (cpu.mpidr == m->cpus[0].mpidr) {
        // the CPU we run on: has its place already
    } else if (known(m, cpu.mpidr)) {
        report_note("%s: CPU 0x%llx is named twice", name, (unsigned long long)cpu.mpidr);
    } else if (m->num_cpus == BOOT_MAX_CPUS) {
        ++*too_many;
    } else if (read_method(fdt, node, cpus, m, &cpu)) {
        m->cpus[m->num_cpus++] = cpu;
    }
}

void machine_read_cpus(void const *fdt, uint64_t boot_mpidr, struct machine *m)
{
    m->cpus[0] = (struct boot_cpu){.mpidr = boot_mpidr, .method = BOOT_CPU_BOOT};
    m->num_cpus = 1;

    int cpus = dt_top(fdt, "cpus"), node;
    if (cpus < 0) {
        report_note("the device tree has no /cpus: only the CPU that runs now is used");
        return;
    }
    int cells = fdt_address_cells(fdt, cpus);
    bool self = false;
    unsigned too_many = 0;
    dt_for_each_child(node, fdt, cpus) {
        uint64_t mpidr;
        if (!dt_has_type(fdt, node, "cpu"))
            continue;
        self |= read_mpidr(fdt, node, cells, &mpidr) && mpidr == boot_mpidr;
        read_cpu(fdt, node, cpus, cells, m, &too_many);
    }
    if (!self)
        report_note("the CPU that runs now (0x%llx) is not in the device tree",
                    (unsigned long long)boot_mpidr);
    if (too_many)
        report_note("%u CPU%s left out: %u are supported", too_many, too_many == 1 ? "" : "s",
                    BOOT_MAX_CPUS);
}
