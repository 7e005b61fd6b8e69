// SPDX-License-Identifier: MIT
// uvmm: puts a guest together from its device tree, starts it, and then serves what comes from
// outside (console input, interrupts, notifications of virtio devices) on this thread.
#include "boot/boot.h"
#include "channel.h"
#include "vcpu/cpus.h"
#include "device/device.h"
#include "boot/dt.h"
#include "boot/overlay.h"
#include "vcpu/id_regs.h"
#include "vcpu/ptimer_line.h"
#include "log.h"
#include "boot/ram.h"
#include "vcpu/smccc.h"
#include "vcpu/stolen.h"
#include "vcpu/timer.h"
#include "vcpu/trng.h"
#include "device/vbus.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/file.h>
#include <l4/re/rescue.h>
#include <l4/sys/factory.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/semaphore.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define FDT_VERSION_MIN 16u // the first in which nodes have names instead of paths
#define FDT_SPARE 0x10000 // room for what we add, and as much for each overlay

enum { EVENT_PRIO = 4 }; // above the vCPU threads: what comes from outside is short and urgent

static void *map_tree(char const *name, l4_size_t *size)
{
    void const *data;
    int err = l4re_file_map(name, &data, size);
    if (err)
        fatal("device tree '%s': %s", name, err == -L4_ENOENT ? "no such file" : "cannot be read");
    if (*size < sizeof(struct fdt_header) || fdt_magic(data) != FDT_MAGIC)
        fatal("device tree '%s' is none", name);
    if (fdt_version(data) < FDT_VERSION_MIN) // fdt_check_full() would follow a NULL pointer
        fatal("device tree '%s' has a format older than version %u", name, FDT_VERSION_MIN);
    if (fdt_check_full(data, *size))
        fatal("device tree '%s' is none, or damaged", name);
    return (void *)data;
}

static void apply_overlay(struct vm *m, char const *name)
{
    l4_size_t size;
    void *tree, *file = map_tree(name, &size);
    int err = overlay_apply(m->fdt, file, FDT_SPARE, &tree);
    if (err)
        fatal("overlay '%s' cannot be applied: %s", name, fdt_strerror(err));
    free(m->fdt);
    m->fdt = tree;
}

static void load_tree(struct vm *m)
{
    l4_size_t size;
    if (!m->opt.num_dtbs)
        fatal("no device tree: option --dtb is missing");
    void *file = map_tree(m->opt.dtb[0], &size);
    m->fdt = malloc(size + FDT_SPARE);
    if (!m->fdt || fdt_open_into(file, m->fdt, (int)(size + FDT_SPARE)))
        fatal("device tree '%s': out of memory", m->opt.dtb[0]);
    for (unsigned i = 1; i < m->opt.num_dtbs; i++)
        apply_overlay(m, m->opt.dtb[i]);
    for (unsigned i = 0; i < m->opt.num_mods; i++) {
        char const *why = "";
        if (dt_modify(m->fdt, m->opt.mod[i], &why))
            fatal("--dt-mod %s: %s", m->opt.mod[i], why);
    }
}

static void create_vm(struct vm *m)
{
    m->task = l4re_util_cap_alloc();
    long err = l4_error(l4_factory_create_vm(l4re_env()->factory, m->task));
    if (err < 0)
        fatal("cannot create the virtual machine: error %ld", err);
}

static void kick(void *ctx, unsigned cpu)
{
    struct vm *m = ctx;
    vcpu_kick(&m->cpus[cpu]);
}

static bool stop(void *ctx, unsigned cpu)
{
    struct vm *m = ctx;
    return vcpu_stop(&m->cpus[cpu]);
}

static void wait_for_others(void *ctx, unsigned self)
{
    struct vm *m = ctx;
    while (l4_error(l4_semaphore_down(m->cpus[self].others, L4_IPC_NEVER)) < 0)
        ;
}

static void wake(void *ctx, unsigned cpu)
{
    struct vm *m = ctx;
    l4_semaphore_up(m->cpus[cpu].others);
}

static void init_gic(struct vm *m)
{
    unsigned version = m->cpus[0].hw.version;
    if (version != 2 && version != 3)
        fatal("the machine has no interrupt controller with virtualization");
    if (version == 2 && m->num_cpus > 8) {
        if (m->opt.vcpus)
            log_warn("--vcpus %u: the interrupt controller is a GICv2, so the guest has 8", m->opt.vcpus);
        m->num_cpus = 8;
    }
    vgic_init(&m->gic, version, m->num_cpus, (struct vgic_host){m, kick, stop, wait_for_others, wake});
    for (unsigned i = 0; i < m->num_cpus; i++) {
        if (version == 3 && (m->cpus[i].affinity & 0xff) > 15)
            fatal("device tree: cpu reg 0x%llx: affinity level 0 above 15",
                  (unsigned long long)m->cpus[i].affinity);
        m->gic.cpu[i].affinity = m->cpus[i].affinity;
        vgic_attach(&m->gic, i, &m->cpus[i].hw);
    }
}

static void raise_priority(void)
{
    l4_sched_param_t sp = l4_sched_param(EVENT_PRIO, 0);
    l4_scheduler_run_thread(l4re_env()->scheduler, l4re_env()->main_thread, &sp);
}

static void start_guest(struct vm *m)
{
    struct vcpu *v = &m->cpus[0];
    m->cntvoff = timer_counter();
    lock_acquire(&m->power_lock);
    v->entry = m->kernel_entry;
    v->context = m->dtb_addr;
    v->power = VCPU_ON_PENDING;
    lock_release(&m->power_lock);
    vcpu_wake(v);
}

int main(int argc, char **argv)
{
    char err[200];
    if (options_parse(&vm.opt, argc, argv, err, sizeof(err)))
        fatal("%s", err);
    log_set_level(vm.opt.verbosity);
    log_warn("Hello from uvmm");

    int e = srv_init(&vm.events, l4re_env()->main_thread);
    if (e)
        fatal("cannot set up the event loop: error %d", e);
    e = l4re_guard_init();
    if (e)
        fatal("cannot guard accesses to others' memory: error %d", e);
    raise_priority();
    channel_open_log();
    lock_init(&vm.power_lock);
    ptimer_init();
    smccc_init();
    trng_init();
    load_tree(&vm);
    cpus_init(&vm);
    create_vm(&vm);
    id_probe_map();
    vcpu_create_all();
    id_probe_unmap();
    init_gic(&vm);
    cpus_remove_surplus(&vm);

    vbus_init(&vm);
    ram_init(&vm);
    boot_reserve(&vm);
    boot_load_kernel(&vm);
    boot_load_ramdisk(&vm);
    device_scan(&vm);
    if (!vm.has_gic)
        fatal("device tree: no interrupt controller that can be emulated");
    if (!vm.has_timer)
        log_warn("device tree has no timer; the guest will hardly work");
    stolen_init(&vm);
    boot_place_dtb(&vm);
    ram_map_all(&vm);
    start_guest(&vm);
    srv_loop(&vm.events);
}
