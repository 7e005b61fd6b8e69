// SPDX-License-Identifier: MIT
#include "boot.h"
#include "entry/cpu.h"
#include "report.h"

#define PSCI_VERSION 0x84000000u // Arm DEN 0022, 5.1.1; 32-bit result, negative: not supported

static void leave_out_psci_cpus(struct machine *m)
{
    unsigned kept = 0, lost = 0;
    for (unsigned i = 0; i < m->num_cpus; i++) {
        if (m->cpus[i].method == BOOT_CPU_PSCI)
            lost++;
        else
            m->cpus[kept++] = m->cpus[i];
    }
    m->num_cpus = kept;
    if (lost)
        report_note("%u further CPU%s left out: nobody can start them", lost, lost == 1 ? "" : "s");
}

// After an entry at EL3 the GIC belongs to the secure side; open it for us.
static void open_gic(struct machine const *m)
{
    if (m->gic_version == 2)
        boot_el3_open_gicv2(m->gicd.start, m->gicc.start);
    for (unsigned i = 0; m->gic_version == 3 && i < m->num_gicr; i++)
        boot_el3_open_gicv3(m->gicd.start, m->gicr[i].start, m->gicr[i].end);
}

// Reset leaves the frequency of the timer unknown to the CPU; the tree may know it.
static void set_timer(struct machine const *m)
{
    if (cpu_timer_hz() || !m->timer_hz)
        return;
    boot_el3_set_timer(m->timer_hz);
    report_note("the timer runs at %llu Hz, says the device tree",
                (unsigned long long)m->timer_hz);
}

void boot_probe_firmware(struct boot *b, bool from_el3)
{
    struct machine *m = &b->machine;
    if (from_el3) {
        report_note("entered at EL3: no firmware below the system, so no PSCI");
        open_gic(m);
        set_timer(m);
        boot_el3_close();
        m->psci = BOOT_PSCI_NONE;
    }
    if (m->psci && m->psci_has_version) {
        int32_t version = (int32_t)boot_probe_call(PSCI_VERSION, m->psci == BOOT_PSCI_HVC);
        if (version > 0) {
            b->psci_version = (uint32_t)version;
            return;
        }
        report_note("PSCI by %s does not answer", m->psci == BOOT_PSCI_HVC ? "HVC" : "SMC");
        m->psci = BOOT_PSCI_NONE;
    }
    leave_out_psci_cpus(m);
}
