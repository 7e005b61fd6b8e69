// SPDX-License-Identifier: MIT
#include "machine/machine.h"

#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "report.h"

#include <libfdt.h>
#include <string.h>

#define TREE_VERSION_MIN 16u
#define TREE_VERSION_KNOWN 17u
#define VIRT_TIMER_IRQ 27u // Arm BSA: recommended PPI assignment
#define HYP_TIMER_IRQ 26u

// What fdt_check_full() takes for granted, or NULL: before version 16 a node's name is its whole
// path, and the check follows a NULL pointer.
static char const *check_header(void const *fdt, uint64_t size)
{
    if (size < sizeof(struct fdt_header))
        return fdt_strerror(-FDT_ERR_TRUNCATED);
    if (fdt_magic(fdt) == FDT_MAGIC && fdt_version(fdt) < TREE_VERSION_MIN)
        return "its format is older than version 16";
    if (fdt_magic(fdt) == FDT_MAGIC && fdt_last_comp_version(fdt) > TREE_VERSION_KNOWN)
        return "its format is newer than version 17";
    int err = fdt_check_header(fdt);
    if (!err && fdt_totalsize(fdt) > size)
        err = -FDT_ERR_TRUNCATED;
    return err ? fdt_strerror(err) : NULL;
}

char const *machine_check_tree(void const *fdt, uint64_t size)
{
    dt_index_forget();
    char const *wrong = check_header(fdt, size);
    if (wrong)
        return wrong;
    int err = fdt_check_full(fdt, fdt_totalsize(fdt));
    if (!err)
        err = dt_index_build(fdt);
    return err ? fdt_strerror(err) : NULL;
}

// Text of a property that must be a terminated string; NULL if it is not there or not one.
static char const *get_string(void const *fdt, int node, char const *name)
{
    int len;
    char const *s = node < 0 ? NULL : fdt_getprop(fdt, node, name, &len);
    return s && len > 0 && !s[len - 1] ? s : NULL;
}

static void read_psci(void const *fdt, struct machine *m)
{
    static char const *const since_0_2[] = {"arm,psci-1.0", "arm,psci-0.2", 0};
    static char const *const first[] = {"arm,psci", 0};
    int node = dt_find(fdt, -1, since_0_2);
    m->psci_has_version = node >= 0;
    if (node < 0)
        node = dt_find(fdt, -1, first);
    if (node < 0)
        return;
    char const *method = get_string(fdt, node, "method");
    if (method && !strcmp(method, "smc"))
        m->psci = BOOT_PSCI_SMC;
    else if (method && !strcmp(method, "hvc"))
        m->psci = BOOT_PSCI_HVC;
    else
        report_note("psci: method must be smc or hvc, not \"%s\"", method ? method : "");
}

// Index of `name` in interrupt-names, or `otherwise` when the node has no names.
static unsigned timer_index(void const *fdt, int node, char const *name, unsigned otherwise)
{
    if (!fdt_getprop(fdt, node, "interrupt-names", NULL))
        return otherwise;
    int i = fdt_stringlist_search(fdt, node, "interrupt-names", name);
    return i >= 0 ? (unsigned)i : ~0u;
}

// kernel binding timer/arm,arch_timer.yaml: secure, non-secure, virtual, hypervisor
static void read_timer(void const *fdt, struct machine *m)
{
    static char const *const compatible[] = {"arm,armv8-timer", "arm,armv7-timer", 0};
    int node = dt_find(fdt, -1, compatible);
    int virt = -1, hyp = -1;
    if (node >= 0) {
        virt = dt_interrupt(fdt, node, timer_index(fdt, node, "virt", 2), m->gic_node);
        hyp = dt_interrupt(fdt, node, timer_index(fdt, node, "hyp-phys", 3), m->gic_node);
        dt_get_number(fdt, node, "clock-frequency", &m->timer_hz);
    }
    if (virt < 16 || virt > 31 || hyp < 16 || hyp > 31)
        report_note("%s interrupts of the generic timer: taking INTID %u and %u",
                    node < 0 ? "the device tree does not name the" : "the device tree lacks some",
                    HYP_TIMER_IRQ, VIRT_TIMER_IRQ);
    m->virt_irq = virt < 16 || virt > 31 ? VIRT_TIMER_IRQ : (uint32_t)virt;
    m->hyp_irq = hyp < 16 || hyp > 31 ? HYP_TIMER_IRQ : (uint32_t)hyp;
}

static void read_uart_irq(void const *fdt, struct machine_uart const *uart, struct machine *m)
{
    if (!uart->ops || m->gic_node < 0)
        return;
    int irq = dt_interrupt(fdt, uart->node, 0, m->gic_node);
    if (irq < 0)
        report_note("%s: its interrupt does not go to the GIC directly: the console takes no input",
                    fdt_get_name(fdt, uart->node, NULL));
    else
        m->uart_irq = (uint32_t)irq;
}

// Some trees call all addresses below the end of RAM memory, and leave the rest to the boot loader.
static bool no_memory(struct machine *m, char const *what, struct range r)
{
    uint64_t before = place_total(&m->ram);
    if (r.start >= r.end)
        return true;
    bool ok = place_remove(&m->ram, round_down(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE));
    if (!ok)
        report_problem("too many memory banks");
    else if (place_total(&m->ram) != before)
        report_note("the device tree calls the %s at 0x%llx memory: left out", what,
                    (unsigned long long)r.start);
    return ok;
}

static bool keep_devices_out(struct machine *m, struct machine_uart const *uart)
{
    struct range const gic[] = {m->gicd, m->gicc, m->gich, m->gicv};
    bool ok = !uart->ops || no_memory(m, "console", uart->range);
    for (unsigned i = 0; ok && i < sizeof gic / sizeof *gic; i++)
        ok = no_memory(m, "interrupt controller", gic[i]);
    for (unsigned i = 0; ok && i < m->num_gicr; i++)
        ok = no_memory(m, "interrupt controller", m->gicr[i]);
    for (unsigned i = 0; ok && i < m->num_smmu; i++)
        ok = no_memory(m, "SMMU", m->smmu[i].regs);
    return ok;
}

bool machine_read(void const *fdt, struct machine_uart const *uart, uint64_t boot_mpidr,
                  struct machine *m)
{
    memset(m, 0, sizeof *m);
    m->model = get_string(fdt, 0, "model");
    m->compatible = get_string(fdt, 0, "compatible");
    m->bootargs = get_string(fdt, dt_top(fdt, "chosen"), "bootargs");
    machine_read_seed(fdt, m);
    read_psci(fdt, m);
    machine_read_cpus(fdt, boot_mpidr, m);
    bool memory = machine_read_memory(fdt, m);
    bool gic = machine_read_gic(fdt, m);
    machine_read_smmus(fdt, m);
    read_timer(fdt, m);
    read_uart_irq(fdt, uart, m);
    return memory && gic && keep_devices_out(m, uart);
}
