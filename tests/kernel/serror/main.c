// SPDX-License-Identifier: MIT
// An error that an access causes later belongs to whose access it was, though somebody else runs meanwhile.
#include "vcpu_run.h"
#include <l4/sys/platform_control.h>

extern unsigned passed, failed;
extern char serror_guest[], serror_guest_plain[], serror_guest_open[], serror_guest_vectors[];
uint64_t call_with_error(uint64_t tag, uint64_t dest);
void thread_probe_c(void); // of user_code.S, not used here
int main(void);

enum { EC_HVC = 0x16, EC_SERROR = 0x2f, MARK = 0x2a, SYS_CALL = 3, OWN_SLOT = 5, CODE_IPA = 0x10000 };
enum { EL1H_MASKED = 0x3c5, HCR_VSE = 1 << 8, HCR_RW = 1u << 31, SLOT_SERROR = 0x380 };

static l4_cap_idx_t gate, vm, other_vm;

void thread_probe_c(void) {}

// ---- threads ----

static unsigned volatile stage, innocent;

static void causes(void *arg)
{
    (void)arg;
    stage = 1;
    call_with_error((uint64_t)l4_msgtag(0, 0, 0, 0).raw, (uint64_t)OWN_SLOT << L4_CAP_SHIFT | SYS_CALL);
    stage = 2;
    l4_sleep_forever();
}

static int64_t next_message(unsigned *ec)
{
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, recv_us(1000000));
    *ec = 0;
    if (l4_msgtag_has_error(t))
        return -1;
    if (l4_msgtag_label(t) == L4_PROTO_EXCEPTION) {
        *ec = (unsigned)l4_utcb_exc_typeval(l4_utcb_exc());
        return (int64_t)(l4_utcb_exc()->err & 0xff);
    }
    return l4_msgtag_label(t);
}

static void of_a_thread(void)
{
    unsigned ec;
    struct other o = other_create(causes, 0, L4_INVALID_CAP, gate, HIGH, 0);
    l4_thread_control_start();
    l4_thread_control_exc_handler((l4_cap_idx_t)OWN_SLOT << L4_CAP_SHIFT);
    l4_thread_control_commit(o.thread);
    check_eq(next_message(&ec), 0, "the call of a thread that leaves an error behind");
    check_eq(ec, 0, "is a message like any other");
    l4_ipc_reply(l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    check_eq(next_message(&ec), MARK, "the error comes as an exception of that thread");
    check_eq(ec, EC_SERROR, "which is a SError");
    check_eq(stage, 1, "before the thread does anything else");
    l4_ipc_reply(l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    check(wait_value(&stage, 2, 500), "and it goes on when its handler wants it to");
    other_delete(&o);
}

// ---- guests ----

static unsigned ec(l4_vcpu_state_t *v)
{
    return (unsigned)((uint32_t)v->r.err >> L4_ESR_EC_SHIFT);
}

static l4_vcpu_state_t *guest(unsigned area, l4_cap_idx_t task, char *code)
{
    l4_vcpu_state_t *v = vcpu_area(area);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    if (l4_error(l4_thread_vcpu_control_ext(L4_INVALID_CAP, (l4_addr_t)v)))
        check(false, "extended vCPU mode");
    v->r = (l4_vcpu_regs_t){.pc = CODE_IPA + (l4_addr_t)(code - serror_guest), .pstate = EL1H_MASKED};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    v->user_task = task;
    e->hcr = L4_VCPU_HCR_MUST_SET | HCR_RW;
    e->sctlr = 0x30d00800;
    return v;
}

static void another(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(1, other_vm, serror_guest_plain);
    for (unsigned i = 0; i < 3; i++) {
        vcpu_run(v);
        innocent += ec(v) == EC_HVC;
        v->r.pc += 4;
    }
}

static void of_a_guest(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(0, vm, serror_guest);
    vcpu_run(v);
    check(ec(v) == EC_HVC && (v->r.err & 0xffff) == 5, "a guest leaves, and an error of its accesses is pending");
    run_to_end(another, HIGH + 1, 0);
    check_eq(innocent, 3, "another guest does not get it");
    v->r.pc += 4;
    l4_addr_t pc = v->r.pc;
    vcpu_run(v);
    check(ec(v) == EC_SERROR && (v->r.err & 0xff) == MARK, "its VMM gets it with the next resume");
    check(v->r.pc == pc, "before the guest goes on");
    vcpu_run(v);
    check(ec(v) == EC_HVC && (v->r.err & 0xffff) == 6, "once");
}

static void virtual(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(0, vm, serror_guest_open);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    l4_vcpu_el1_regs_t r;
    l4_thread_vcpu_el1_read(&r);
    r.vbar = CODE_IPA + (l4_addr_t)(serror_guest_vectors - serror_guest);
    l4_thread_vcpu_el1_write(L4_VCPU_EL1_BIT(vbar), &r);
    e->hcr |= HCR_VSE;
    vcpu_run(v);
    check(ec(v) == EC_HVC && (v->r.err & 0xffff) == 8 && (e->hcr & HCR_VSE), "a SError for a guest that has it masked waits");
    v->r.pc += 4;
    vcpu_run(v);
    check(ec(v) == EC_HVC && (v->r.err & 0xffff) == 10, "the guest takes it when it opens");
    check(!(e->hcr & HCR_VSE), "and it is over");
}

static void map_code(l4_cap_idx_t task)
{
    l4_factory_create_vm(L4_BASE_FACTORY_CAP, task);
    for (unsigned i = 0; i < 2; i++)
        check_eq(l4_error(l4_task_map(task, L4_BASE_TASK_CAP,
                                      l4_fpage((l4_addr_t)serror_guest + 4096 * i, L4_PAGESHIFT, L4_FPAGE_RX),
                                      l4_map_control(CODE_IPA + 4096 * i, L4_FPAGE_CACHEABLE, 0))),
                 0, "guest code");
}

int main(void)
{
    main_place(MAIN_PRIO, 0);
    gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_BASE_THREAD_CAP, 0x7770);
    vm = slot_alloc();
    other_vm = slot_alloc();
    of_a_thread();
    vcpu_mem_init();
    for (unsigned i = 0; i < 2; i++)
        *(char volatile *)(serror_guest + 4096 * i); // there before it is mapped on
    map_code(vm);
    map_code(other_vm);
    run_to_end(of_a_guest, HIGH, 0);
    run_to_end(virtual, HIGH, 0);
    print("done: ");
    print_num(passed);
    print(" passed, ");
    print_num(failed);
    print(" failed\n");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    l4_sleep_forever();
}
