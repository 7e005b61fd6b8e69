// SPDX-License-Identifier: MIT
#include "vcpu/cpus.h"

#include "boot/dt.h"
#include "boot/dt_cpus.h"
#include "log.h"
#include "vcpu/placement.h"
#include "vcpu/vcpu.h"

#include <l4/re/env.h>
#include <l4/sys/scheduler.h>
#include <libfdt.h>

_Static_assert(OPT_MAX_VCPUS == VGIC_MAX_CPUS, "the option's range is the interrupt controller's");

static struct vcpu cpus[VGIC_MAX_CPUS];

// Numbers of the physical CPUs we may use, lowest first. Returns their count.
static unsigned available_cpus(unsigned *list, unsigned max)
{
    unsigned n = 0;
    l4_umword_t limit = 64;
    for (unsigned base = 0; base < limit && n < max; base += 64) {
        l4_sched_cpu_set_t set = l4_sched_cpu_set(base, 0, 1);
        if (l4_error(l4_scheduler_info(l4re_env()->scheduler, &limit, &set)) < 0)
            break;
        for (l4_umword_t map = set.map; map && n < max; map &= map - 1)
            list[n++] = base + (unsigned)__builtin_ctzl(map);
    }
    if (!n)
        fatal("the scheduler capability offers no CPU");
    return n;
}

// MPIDR affinity of a cpu node: its reg (one or two cells), or the index.
static uint64_t cpu_affinity(void const *fdt, int node, unsigned index)
{
    int len;
    uint32_t const *reg = fdt_getprop(fdt, node, "reg", &len);
    if (!reg || (len != 4 && len != 8))
        return index;
    return dt_cells(reg, len / 4) & 0xff00ffffffull;
}

static void add_cpu(struct vm *m, int node, struct placement const *p)
{
    struct vcpu *v = &m->cpus[m->num_cpus];
    v->id = m->num_cpus;
    v->phys_cpu = p->physical[v->id];
    v->affinity = node >= 0 ? cpu_affinity(m->fdt, node, v->id) : 0;
    v->vpidr = node >= 0 ? dt_u32(m->fdt, node, "l4vmm,vpidr", 0) : 0;
    for (unsigned i = 0; i < v->id; i++) {
        if (m->cpus[i].affinity == v->affinity)
            fatal("device tree: two cpu nodes have reg 0x%llx", (unsigned long long)v->affinity);
        if (m->cpus[i].phys_cpu == v->phys_cpu)
            v->shares_cpu = m->cpus[i].shares_cpu = true;
    }
    m->num_cpus++;
}

static unsigned count_nodes(void const *fdt)
{
    unsigned n = 0;
    for (int node = dt_next_cpu(fdt, -1); node >= 0; node = dt_next_cpu(fdt, node))
        n++;
    return n;
}

void cpus_init(struct vm *m)
{
    struct placement p;
    unsigned available[VGIC_MAX_CPUS];
    unsigned num = available_cpus(available, VGIC_MAX_CPUS), nodes = count_nodes(m->fdt);
    placement_choose(&p, nodes, m->opt.vcpus, available, num);
    if (m->opt.vcpus > p.count)
        log_warn("--vcpus %u: the device tree has %u CPUs, so the guest has %u", m->opt.vcpus, nodes, p.count);
    m->cpus = cpus;
    int node = dt_next_cpu(m->fdt, -1);
    while (m->num_cpus < p.count) {
        add_cpu(m, node, &p);
        node = dt_next_cpu(m->fdt, node);
    }
}

void cpus_remove_surplus(struct vm *m)
{
    int n = dt_remove_cpus(m->fdt, m->num_cpus);
    if (n < 0)
        fatal("device tree: surplus CPUs cannot be removed: %s", fdt_strerror(n));
    if (n)
        log_info("%d cpu nodes removed: %u CPUs for this guest", n, m->num_cpus);
}
