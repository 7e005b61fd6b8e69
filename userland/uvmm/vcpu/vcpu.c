// SPDX-License-Identifier: MIT
#include "vcpu/vcpu.h"

#include "vcpu/debug.h"
#include "vcpu/id_regs.h"
#include "log.h"
#include "vcpu/ptimer_line.h"
#include "vcpu/stolen.h"
#include "vcpu/timer.h"
#include "vm.h"

#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Guest HCR_EL2: broadcast of TLB and cache operations within the inner shareable domain, trap of
// WFI and of ID registers, AArch64. The kernel adds what it must (kernel-abi 6.4).
#define HCR_FB (1ull << 9)
#define HCR_BSU_INNER (1ull << 10)
#define HCR_DC (1ull << 12)
#define HCR_TWI (1ull << 13)
#define HCR_TWE (1ull << 14)
#define HCR_TID3 (1ull << 18)
#define HCR_RW (1ull << 31)
#define HCR_GUEST (L4_VCPU_HCR_MUST_SET | HCR_FB | HCR_BSU_INNER | HCR_TWI | HCR_TID3 | HCR_RW)

#define SCTLR_RESET 0x30d00800u // RES1 bits of Armv8.0
#define SCTLR_C (1u << 2)
#define SCTLR_I (1u << 12)
#define MPIDR_RES1 (1ull << 31)

// GICH_HCR, GICH_VTR / ICH_HCR_EL2, ICH_VTR_EL2
enum { GIC_HCR_EN = 1, VTR_LIST_REGS = 0x1f, VTR_TDS = 1 << 19 };

#define SAVED_STATE                                                                                \
    (L4_VCPU_F_IRQ | L4_VCPU_F_PAGE_FAULTS | L4_VCPU_F_EXCEPTIONS | L4_VCPU_F_USER_MODE |          \
     L4_VCPU_F_FPU_ENABLED)

_Thread_local struct vcpu *vcpu_self;

// vcpu/entry.S
void vcpu_enter(l4_vcpu_state_t *area) __attribute__((noreturn));

// Called from there.
void vcpu_resume_failed(struct vcpu *v, l4_msgtag_t tag) __attribute__((noreturn));

void fp_protect(void)
{
    struct vcpu *v = vcpu_self;
    if (v && !v->fp_saved) {
        v->fp_saved = true;
        fp_state_save(&v->fp);
    }
}

void vcpu_kick(struct vcpu *v)
{
    atomic_store(&v->work, 1);
    if (atomic_load(&v->mode) != VCPU_VMM)
        l4_irq_trigger(v->kick_irq);
}

bool vcpu_stop(struct vcpu *v)
{
    atomic_store(&v->work, 1);
    if (atomic_load(&v->mode) != VCPU_GUEST)
        return true;
    l4_irq_trigger(v->kick_irq);
    return false;
}

// vgic_sync() writes as many ends as the array has room for, however many there are: report_ends() counts.
L4_NO_STACK_GUARD void vcpu_sync(struct vcpu *v)
{
    uint16_t done[VGIC_MAX_LRS];
    unsigned n = vgic_sync(&vm.gic, v->id, done);
    for (unsigned i = 0; i < n; i++) {
        struct irq_source *s = vm.sources[done[i]];
        if (s)
            s->end_of_interrupt(s);
    }
}

static void wait_for_message(struct vcpu *v, uint64_t deadline_us)
{
    l4_umword_t label;
    l4_timeout_t to = L4_IPC_NEVER;
    uint64_t since = v->stolen_shown ? l4_kip_clock(l4_kip()) : 0;
    if (deadline_us != TIMER_NEVER) {
        l4_utcb_br()->br[8] = deadline_us;
        to = l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_abs_br(8));
    }
    l4_ipc_wait(l4_utcb(), &label, to);
    if (v->stolen_shown)
        stolen_slept(v, since, deadline_us);
}

// Sleeps unless, or until, somebody kicks this vCPU.
static void sleep_until_kick(struct vcpu *v, uint64_t deadline_us)
{
    atomic_store(&v->mode, VCPU_ASLEEP);
    if (!atomic_load(&v->work))
        wait_for_message(v, deadline_us);
    atomic_store(&v->mode, VCPU_VMM);
}

static inline void sync_once(struct vcpu *v)
{
    atomic_store(&v->work, 0);
    vcpu_sync(v);
    if (__builtin_expect(vgic_is_held(&vm.gic, v->id), 0)) {
        sleep_until_kick(v, TIMER_NEVER);
        atomic_store(&v->work, 1);
    }
}

static void sync_if_needed(struct vcpu *v)
{
    while (atomic_load_explicit(&v->work, memory_order_relaxed))
        sync_once(v);
}

// What an exit rarely needs: interrupts to bring up to date, FP registers to give back.
static __attribute__((noinline)) void prepare_to_leave(struct vcpu *v)
{
    while (atomic_load(&v->work)) { // a kick after this one finds us in the guest
        atomic_store(&v->mode, VCPU_VMM);
        sync_once(v);
        atomic_store(&v->mode, VCPU_GUEST);
    }
    if (v->fp_saved) {
        v->fp_saved = false;
        fp_state_restore(&v->fp);
    }
}

static inline l4_vcpu_state_t *handle_exit(struct vcpu *v, void (*emulate)(struct vcpu *v))
{
    atomic_store_explicit(&v->mode, VCPU_VMM, memory_order_relaxed);
    emulate(v);
    atomic_store(&v->mode, VCPU_GUEST);
    if (__builtin_expect(atomic_load(&v->work) | v->fp_saved, 0))
        prepare_to_leave(v);
    return v->area;
}

l4_vcpu_state_t *vcpu_handle_exit(struct vcpu *v)
{
    return handle_exit(v, vcpu_exit);
}

l4_vcpu_state_t *vcpu_handle_exit_stepping(struct vcpu *v)
{
    return handle_exit(v, vcpu_exit_stepping);
}

void vcpu_resume_failed(struct vcpu *v, l4_msgtag_t tag)
{
    vcpu_fatal(v, "the kernel refused to run the guest: error %ld", l4_error(tag));
}

void vcpu_wait_until(struct vcpu *v, uint64_t count)
{
    for (;;) {
        sync_if_needed(v);
        if (vgic_wakes(&vm.gic, v->id) || timer_wakes(v) || (v->ext->hcr & HCR_VSE))
            return;
        uint64_t deadline = timer_deadline(v, count);
        if (deadline == TIMER_EXPIRED)
            return;
        sleep_until_kick(v, deadline);
        if (deadline != TIMER_NEVER && !atomic_load(&v->work)) {
            timer_wait_rest(v);
            return; // the guest's own timer takes over
        }
    }
}

void vcpu_sleep_powered_down(struct vcpu *v)
{
    vgic_set_powered_down(&vm.gic, v->id, true);
    vcpu_wait_for_interrupt(v);
    vgic_set_powered_down(&vm.gic, v->id, false);
}

static void reset_registers(struct vcpu *v)
{
    static l4_vcpu_el1_regs_t const zero;
    l4_vcpu_ext_state_t *ext = v->ext;

    fp_protect();
    memset(&v->fp, 0, sizeof(v->fp));
    memset(&v->area->r, 0, sizeof(v->area->r));
    l4_vcpu_ext_user(v->area)[USER_GUEST_TLS] = 0;
    l4_thread_vcpu_el1_write((1ul << L4_VCPU_EL1_REGS) - 1, &zero);
    ext->hcr = HCR_GUEST | (v->shares_cpu ? HCR_TWE : 0);
    ext->sctlr_high = 0;
    ext->sctlr = SCTLR_RESET; // MMU and caches are off (DEN 0022, 6.4.3)
    ext->cpacr = 0;
    ext->cntvctl = 0;
    ext->cntvoff = vm.cntvoff;
    ext->vmpidr = MPIDR_RES1 | v->affinity;
    if (v->vpidr)
        ext->vpidr = v->vpidr;
    memset(ext->gic_apr, 0, sizeof(ext->gic_apr));
    ext->gic_vmcr = 0;
    lock_acquire(&vm.gic.lock);
    vgic_reset_cpu(&vm.gic, v->id);
    lock_release(&vm.gic.lock);
    vcpu_debug_reset(v);

    v->area->r.r[0] = v->context;
    v->area->r.pc = v->entry;
    v->area->r.pstate = PSTATE_EL1H_MASKED;
    atomic_store(&v->work, 1);
}

void vcpu_wake(struct vcpu *v)
{
    l4_irq_trigger(v->kick_irq);
}

void vcpu_wait_for_power(struct vcpu *v)
{
    for (;;) {
        lock_acquire(&vm.power_lock);
        bool on = v->power == VCPU_ON_PENDING;
        if (on)
            v->power = VCPU_ON;
        lock_release(&vm.power_lock);
        if (on)
            break;
        wait_for_message(v, TIMER_NEVER);
    }
    reset_registers(v);
    fp_protect();
    log_guest(LOG_WARN, "CPU %u starts at 0x%llx, on physical CPU %u", v->id, (unsigned long long)v->entry, v->phys_cpu);
}

void vcpu_power_off(struct vcpu *v)
{
    ptimer_reset(v);
    lock_acquire(&vm.gic.lock); // its shared interrupts are others' now
    vgic_reset_cpu(&vm.gic, v->id);
    lock_release(&vm.gic.lock);
    sync_if_needed(v); // perhaps somebody waits for it
    vcpu_wait_for_power(v);
}

void vcpu_restart(struct vcpu *v, uint64_t entry, uint64_t context)
{
    v->entry = entry;
    v->context = context;
    ptimer_reset(v);
    reset_registers(v);
    log_guest(LOG_INFO, "CPU %u goes on at 0x%llx", v->id, (unsigned long long)entry);
}

void vcpu_slow_down(struct vcpu *v)
{
    enum { PAUSE_US = 10000 };
    sleep_until_kick(v, l4_kip_clock(l4_kip()) + PAUSE_US);
}

// Kernel-user memory for the vCPU area, one page.
static void *alloc_area(void)
{
    l4_addr_t addr = 0;
    int err = l4re_rm_reserve_area(&addr, L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT);
    if (err)
        fatal("no address space for a vCPU area: error %d", err);
    l4_fpage_t page = l4_fpage(addr, L4_PAGESHIFT, L4_FPAGE_RW);
    long e = l4_error(l4_task_add_ku_mem(L4RE_THIS_TASK_CAP, &page));
    if (e < 0)
        fatal("no kernel memory for a vCPU area: error %ld", e);
    return (void *)addr;
}

static uint64_t thread_pointer(void)
{
    uint64_t tp;
    __asm__("mrs %0, tpidr_el0" : "=r"(tp));
    return tp;
}

static void init_area(struct vcpu *v)
{
    l4_vcpu_state_t *a = alloc_area();
    long err = l4_error(l4_thread_vcpu_control_ext(L4_INVALID_CAP, (l4_addr_t)a));
    if (err < 0)
        fatal("the kernel cannot run guests: extended vCPU mode failed with error %ld", err);
    if (!l4_vcpu_check_version(a))
        fatal("vCPU area has version 0x%lx, expected 0x%x", a->version, L4_VCPU_STATE_VERSION);
    v->area = a;
    v->ext = l4_vcpu_ext_state(a);
    v->id_regs = l4_vcpu_ext_id(a)->value;
    l4_umword_t *user = l4_vcpu_ext_user(a);
    user[USER_OWN_TLS] = thread_pointer();
    user[USER_VCPU] = (l4_umword_t)v;
    a->entry_ip = (l4_umword_t)vcpu_entry;
    a->entry_sp = ((l4_umword_t)__builtin_frame_address(0) - 4096) & ~15ul;
    a->user_task = vm.task;
    a->saved_state = SAVED_STATE;
    unsigned version = l4_vcpu_ext_info(a)->gic_version, count = (v->ext->gic_vtr & VTR_LIST_REGS) + 1;
    v->hw = (struct vgic_hw){
        .version = version,
        .count = count,
        .keeps_one = count > 1, // for the virtual timer
        .traps_dir = version == 3 && (v->ext->gic_vtr & VTR_TDS),
        .hcr = &v->ext->gic_hcr,
        .lr2 = v->ext->gic_v2_lr,
        .lr3 = v->ext->gic_v3_lr,
        .reserved = &v->ext->gic_direct_lrs,
        .vmcr = &v->ext->gic_vmcr,
        .apr = {&v->ext->gic_apr[0], &v->ext->gic_apr[version == 3 ? 4 : 0]},
        .timer_cfg = &v->ext->vtmr_cfg,
        .timer_ctl = &v->ext->cntvctl,
    };
}

static void *vcpu_thread(void *arg)
{
    struct vcpu *v = arg;
    init_area(v);
    vcpu_self = v;
    // The first thing that runs in the VM is uvmm's own probe: with stage 1 off and DC set its
    // accesses are cacheable.
    v->ext->hcr = (HCR_GUEST | HCR_DC) & ~HCR_TID3;
    v->ext->sctlr = SCTLR_RESET | SCTLR_C | SCTLR_I;
    v->ext->cntvctl = 0;
    v->area->r.pc = id_probe_start();
    v->area->r.pstate = PSTATE_EL1H_MASKED;
    v->probe = 1;
    v->ext->gic_hcr = GIC_HCR_EN;
    vcpu_enter(v->area);
}

static l4_cap_idx_t create(long proto, char const *what)
{
    l4_cap_idx_t cap = l4re_util_cap_alloc();
    long err = l4_is_valid_cap(cap)
                   ? l4_error(l4_factory_create(l4re_env()->factory, proto, cap))
                   : -L4_ENOMEM;
    if (err < 0)
        fatal("cannot create %s: error %ld", what, err);
    return cap;
}

static void create_one(struct vcpu *v)
{
    struct l4re_thread_attr attr = L4RE_THREAD_ATTR_INIT;
    char name[] = "vcpu00";
    name[4] = (char)('0' + v->id / 10);
    name[5] = (char)('0' + v->id % 10);
    attr.prio = 2;
    attr.cpu = (int)v->phys_cpu;
    attr.name = name;
    attr.start_suspended = 1;
    attr.stack_size = 128 * 1024;

    v->ready = create(L4_PROTO_SEMAPHORE, "a semaphore");
    v->others = create(L4_PROTO_SEMAPHORE, "a semaphore");
    v->kick_irq = create(L4_PROTO_IRQ_SENDER, "an IRQ object");
    int err = l4re_thread_create(&v->thread, vcpu_thread, v, &attr);
    if (err)
        fatal("cannot create the thread of CPU %u: error %d", v->id, err);
    long e = l4_error(l4_rcv_ep_bind_thread(v->kick_irq, v->thread.cap, (l4_umword_t)v));
    if (e < 0)
        fatal("cannot bind the IRQ object of CPU %u: error %ld", v->id, e);
    err = l4re_thread_start(&v->thread);
    if (err)
        fatal("cannot start the thread of CPU %u on CPU %u: error %d", v->id, v->phys_cpu, err);
    l4_semaphore_down(v->ready, L4_IPC_NEVER);
}

void vcpu_create_all(void)
{
    for (unsigned i = 0; i < vm.num_cpus; i++)
        create_one(&vm.cpus[i]);
}

// Is the feature in this field of the ID register shown to the guest?
static bool shown(struct vcpu const *v, unsigned crm, unsigned op2, unsigned field)
{
    return v->id_regs[(crm - 1) * 8 + op2] >> field & 0xf;
}

void vcpu_inject(struct vcpu *v, uint32_t esr, uint64_t far)
{
    l4_vcpu_el1_regs_t regs;
    l4_vcpu_regs_t *r = &v->area->r;
    struct exception_features const features = {
        .pan = shown(v, 7, 1, 20), // ID_AA64MMFR1
        .ssbs = shown(v, 4, 1, 4), // ID_AA64PFR1
        .mte = shown(v, 4, 1, 8),
        .nmi = shown(v, 4, 1, 36),
    };

    fp_protect();
    long err = l4_thread_vcpu_el1_read(&regs);
    if (err < 0)
        vcpu_fatal(v, "cannot read the guest's EL1 registers: error %ld", err);
    regs.elr = r->pc;
    regs.spsr = r->pstate;
    regs.esr = esr;
    regs.far = far;
    l4_umword_t mask = L4_VCPU_EL1_BIT(elr) | L4_VCPU_EL1_BIT(spsr) | L4_VCPU_EL1_BIT(esr) | L4_VCPU_EL1_BIT(far);
    l4_thread_vcpu_el1_write(mask, &regs);
    r->pc = regs.vbar + exception_vector(r->pstate);
    r->pstate = exception_pstate(r->pstate, regs.sctlr, &features);
}

void vcpu_inject_undef(struct vcpu *v)
{
    vcpu_inject(v, ESR_IL, 0); // EC 0, with which IL is always set
}

static void print_registers(struct vcpu const *v)
{
    l4_vcpu_regs_t const *r = &v->area->r;
    log_error("CPU %u: pc %016lx  pstate %08lx  sp_el0 %016lx  lr %016lx", v->id, r->pc, r->pstate,
              r->sp, r->r[30]);
    log_error("esr %08lx (class 0x%02lx)  fault address %016lx  sctlr %08x%08x  hcr %016llx", r->err,
              (r->err >> L4_ESR_EC_SHIFT) & 0x3f, r->pfa, v->ext->sctlr_high, v->ext->sctlr,
              (unsigned long long)v->ext->hcr);
    for (unsigned i = 0; i < 30; i += 3)
        log_error("x%-2u %016lx  x%-2u %016lx  x%-2u %016lx", i, r->r[i], i + 1, r->r[i + 1], i + 2,
                  r->r[i + 2]);
}

void vcpu_fatal(struct vcpu *v, char const *fmt, ...)
{
    char text[200];
    va_list ap;
    fp_protect();
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_error("CPU %u: %s", v->id, text);
    print_registers(v);
    vm_exit(1, NULL);
}
