// SPDX-License-Identifier: MIT
// IRQ objects, interrupt lines, deletion notices (kernel-abi 4.4, 4.6, 4.7, 4.9).
#include "harness.h"
#include <l4/sys/platform_control.h>

static l4_cap_idx_t make_irq(void)
{
    l4_cap_idx_t irq = slot_alloc();
    check_eq(l4_error(l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq)), 0, "IRQ object created");
    return irq;
}

// The label of the next message, 0 when there is none.
static l4_umword_t next_label(unsigned ms)
{
    l4_umword_t label = 0;
    l4_timeout_t to = ms ? recv_us(ms * 1000ull) : L4_IPC_BOTH_TIMEOUT_0;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, to);
    return l4_msgtag_has_error(t) ? 0 : label;
}

static void trigger_from(void *arg)
{
    l4_irq_trigger(*(l4_cap_idx_t *)arg);
    l4_sleep_forever();
}

static void waits_for_irq(void *arg)
{
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    *(unsigned volatile *)arg = (unsigned)label;
    l4_sleep_forever();
}

static void software(void)
{
    l4_cap_idx_t irq = make_irq();
    l4_irq_trigger(irq);
    check_eq(l4_error(l4_irq_detach(irq)), -L4_ENOENT, "detach of an unbound object");
    check_eq(l4_error(l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x1233)), 0,
             "bind, any label");
    check_eq((int64_t)next_label(0), 0x1233, "what happened before the bind is delivered");
    check_eq((int64_t)next_label(0), 0, "once");
    l4_irq_trigger(irq);
    l4_irq_trigger(irq);
    check_eq((int64_t)next_label(0), 0x1233, "trigger");
    check_eq((int64_t)next_label(0), 0, "two triggers, one message");
    check_eq(l4_error(l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x77)), 0,
             "bind to the same thread again");
    l4_irq_trigger(irq);
    check_eq((int64_t)next_label(0), 0x77, "changes the label");
    l4_irq_trigger(irq);
    check_eq(l4_error(l4_irq_detach(irq)), 1, "detach tells that a message was pending");
    check_eq((int64_t)next_label(0), 0, "and takes it away");
    l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x78);
    check_eq((int64_t)next_label(0), 0, "nothing is left of it");
    check_eq(l4_error(l4_irq_detach(irq)), 0, "detach of an idle object");
    l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x79);
    l4_umword_t label = 0;
    l4_irq_trigger(irq);
    l4_ipc(irq, l4_utcb(), L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), &label, recv_us(1000));
    check_eq((int64_t)label, 0x79, "closed receive from the object");
    check_eq(ipc_err(l4_ipc_receive(irq, l4_utcb(), recv_us(1000))), L4_IPC_RETIMEOUT,
             "closed receive, timeout");
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        l4_cap_idx_t t = thread_run(trigger_from, &irq, LOW, cpu);
        check_eq(ipc_err(l4_irq_receive(irq, recv_us(LIMIT_US))), 0, "triggered by another thread");
        thread_delete(t);
    }
    mr()[0] = 9;
    check_eq(l4_error(l4_ipc_call(irq, l4_utcb(), l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), L4_IPC_NEVER)),
             -L4_ENOSYS, "unknown operation");
    check_eq(l4_error(l4_ipc_call(irq, l4_utcb(), l4_msgtag(5, 1, 0, 0), L4_IPC_NEVER)),
             -L4_EBADPROTO, "unknown protocol");
    check_eq(l4_error(l4_ipc_call(irq, l4_utcb(), l4_msgtag(5, 0, 0, 0), L4_IPC_NEVER)), -L4_EINVAL,
             "no words");
    l4_cap_idx_t weak = slot_alloc();
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(irq, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(weak, 0));
    check_eq(l4_error(l4_rcv_ep_bind_thread(weak, L4_BASE_THREAD_CAP, 1)), -L4_EPERM,
             "bind needs S");
    check_eq(l4_error(l4_irq_detach(weak)), -L4_EPERM, "detach needs S");
    slot_free(weak, false);
    l4_irq_trigger(irq);
    slot_free(irq, true);
    check_eq((int64_t)next_label(0), 0, "deleting the object takes its message away");
}

static void rebinding(unsigned cpu)
{
    l4_cap_idx_t irq = make_irq();
    unsigned volatile got = 0;
    l4_cap_idx_t t = thread_run(waits_for_irq, (void *)&got, HIGH, cpu);
    l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x11);
    l4_irq_trigger(irq);
    check_eq(l4_error(l4_rcv_ep_bind_thread(irq, t, 0x22)), 0, "bind to another thread");
    check(wait_value(&got, 0x22, 500), "a queued message moves along");
    check_eq((int64_t)next_label(0), 0, "and leaves the first thread");
    thread_delete(t);
    l4_irq_trigger(irq);
    check_eq(l4_error(l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x33)), 0,
             "bind after the thread was deleted");
    check_eq((int64_t)next_label(0), 0x33, "a hit in between is kept");
    slot_free(irq, true);
}

struct closed {
    l4_cap_idx_t irq;
    unsigned volatile stage;
    int64_t error;
};

static void waits_closed(void *arg)
{
    struct closed *c = arg;
    c->stage = 1;
    c->error = ipc_err(l4_ipc_receive(c->irq, l4_utcb(), recv_us(20000)));
    c->stage = 2;
    l4_sleep_forever();
}

// An object that takes the memory of a deleted one is not the one that a thread waits for.
static void successor(void)
{
    struct closed c = {.irq = make_irq()};
    l4_cap_idx_t t = thread_run(waits_closed, &c, HIGH, 0), other[4];
    slot_free(c.irq, true);
    for (unsigned i = 0; i < 4; i++) {
        other[i] = make_irq();
        l4_rcv_ep_bind_thread(other[i], t, 0x10 + i);
        l4_irq_trigger(other[i]);
    }
    check(wait_value(&c.stage, 2, 1000) && c.error == L4_IPC_RETIMEOUT,
          "a wait for a deleted object ends by timeout");
    thread_delete(t);
    for (unsigned i = 0; i < 4; i++)
        slot_free(other[i], true);
}

// ---- deletion notices ----

static void notices(void)
{
    l4_cap_idx_t irq = make_irq(), other = make_irq(), gate = slot_alloc(), copy = slot_alloc();
    l4_cap_idx_t t = thread_make(waits_for_irq, 0, HIGH, 0);
    l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x44);
    check_eq(l4_error(l4_thread_register_del_irq(t, L4_BASE_LOG_CAP)), -L4_EINVAL,
             "register_del_irq: no IRQ object");
    check_eq(l4_error(l4_thread_register_del_irq(t, irq)), 0, "register_del_irq");
    check_eq(l4_error(l4_thread_register_del_irq(t, other)), -L4_EBUSY, "a second one is refused");
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x10);
    l4_task_delete_obj(L4_BASE_TASK_CAP, gate);
    check_eq((int64_t)next_label(0), 0x44, "deleting a gate triggers it");
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x10);
    check_eq(l4_error(l4_kobject_dec_refcnt(gate, 1)), 0, "dec_refcnt");
    check_eq((int64_t)mr()[0], 0, "no counted reference is left");
    check(l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, gate)) == 1,
          "the gate lives on until a client comes");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(copy, 0));
    check_eq((int64_t)next_label(0), 0, "a client keeps the gate");
    l4_task_release_cap(L4_BASE_TASK_CAP, copy);
    check_eq((int64_t)next_label(0), 0x44, "the last client goes: notice");
    check(l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, gate)) == 0,
          "and the server's slot is empty");
    // The notice's object goes first
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x10);
    slot_free(irq, true);
    for (unsigned i = 0; i < 8; i++) { // other objects in its memory
        l4_factory_create_irq(L4_BASE_FACTORY_CAP, copy);
        l4_rcv_ep_bind_thread(copy, L4_BASE_THREAD_CAP, 0x66);
        l4_task_delete_obj(L4_BASE_TASK_CAP, gate);
        check(next_label(0) == 0, "a deleted notice object is forgotten");
        l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x10);
    }
    check_eq(l4_error(l4_thread_register_del_irq(t, other)), 0,
             "another one can be registered then");
    slot_free(gate, true);
    thread_delete(t);
    slot_free(other, true);
    slot_free(copy, true);
}

// ---- the interrupt controller ----

static void icu_errors(void)
{
    l4_icu_info_t info = {0};
    check(l4_error(l4_icu_info(L4_BASE_ICU_CAP, &info)) == 0 && info.nr_irqs >= 64, "ICU info");
    l4_cap_idx_t irq = make_irq(), irq2 = make_irq(), weak = slot_alloc();
    unsigned const last = info.nr_irqs - 1;
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, info.nr_irqs, irq)), -L4_EINVAL,
             "bind of a pin that is not there");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, 0x80000000, irq)), -L4_EINVAL, "bind of an MSI");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, 3, irq)), -L4_EINVAL, "bind of an SGI");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, 25, irq)), -L4_EINVAL,
             "bind of the kernel's maintenance interrupt");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, 26, irq)), -L4_EINVAL,
             "bind of the kernel's timer");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, 27, irq)), -L4_EINVAL,
             "bind of the virtual timer");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, L4_BASE_LOG_CAP)), -L4_EINVAL,
             "bind of another object");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, 0x3fful << L4_CAP_SHIFT)), -L4_EINVAL,
             "bind of an empty slot");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(irq, 0, L4_CAP_FPAGE_RS),
                l4_map_obj_control(weak, 0));
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, weak)), -L4_EPERM, "bind needs W");
    mr()[0] = L4_ICU_BIND_OP;
    mr()[1] = last;
    check_eq(l4_error(l4_ipc_call(L4_BASE_ICU_CAP, l4_utcb(), l4_msgtag(L4_PROTO_IRQ, 2, 0, 0),
                                  L4_IPC_NEVER)),
             -L4_EMSGTOOSHORT, "bind without an item");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, irq)), 0, "bind");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, irq2)), -L4_EINVAL, "the pin is taken");
    check_eq(l4_error(l4_icu_unbind(L4_BASE_ICU_CAP, last, irq2)), -L4_EINVAL,
             "unbind of another object");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last - 1, irq)), 0, "bind to another pin");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, irq2)), 0, "leaves the first one");
    check_eq(l4_error(l4_icu_unbind(L4_BASE_ICU_CAP, last - 1, irq)), 0, "unbind");
    slot_free(irq2, true);
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, last, irq)), 0,
             "deleting an object frees its pin");
    check_eq(l4_error(l4_icu_set_mode(L4_BASE_ICU_CAP, last, 3)), 0, "set_mode: level");
    check_eq(l4_error(l4_icu_set_mode(L4_BASE_ICU_CAP, last, 9)), -L4_EINVAL,
             "set_mode: both edges");
    check_eq(l4_error(l4_icu_set_mode(L4_BASE_ICU_CAP, 5, 3)), -L4_EINVAL, "set_mode of an SGI");
    l4_icu_unmask(L4_BASE_ICU_CAP, 26, 0, L4_IPC_NEVER);
    l4_icu_mask(L4_BASE_ICU_CAP, 26, 0, L4_IPC_NEVER);
    check_eq(ipc_err(l4_ipc_sleep(recv_us(2000))), L4_IPC_RETIMEOUT, "the kernel's timer goes on");
    slot_free(irq, true);
    slot_free(weak, false);
}

// Platform control is a right of its own on the same capability.
static void icu_without_the_machine(void)
{
    l4_cap_idx_t weak = slot_alloc(), irq = make_irq();
    l4_icu_info_t info = {0};
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_ICU_CAP, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(weak, 0));
    check_eq(l4_error(l4_icu_info(weak, &info)), 0, "an ICU without S has its interrupts");
    check_eq(l4_error(l4_icu_bind(weak, info.nr_irqs - 1, irq)), 0, "binds them");
    check_eq(l4_error(l4_platform_ctl_system_shutdown(weak, 0)), -L4_EPERM, "but does not switch the machine off");
    check_eq(l4_error(l4_platform_ctl_system_shutdown(weak, 1)), -L4_EPERM, "nor restart it");
    check_eq(l4_error(l4_platform_ctl_system_suspend(weak, 0)), -L4_EPERM, "nor suspend it");
    check_eq(l4_error(l4_platform_ctl_cpu_allow_shutdown(weak, 1, 1)), -L4_EPERM, "nor its CPUs");
    check_eq(l4_error(l4_platform_ctl_cpu_allow_shutdown(L4_BASE_ICU_CAP, 1, 1)), 0, "S is the right to it");
    check_eq(l4_error(l4_platform_ctl_system_suspend(L4_BASE_ICU_CAP, 0)), -L4_ENOSYS, "as far as it is there");
    slot_free(irq, true);
    slot_free(weak, false);
}

// ---- a real line: the real-time clock of QEMU's virt machine raises a level interrupt ----

enum { RTC = 0x9010000, RTC_IRQ = 34 };
enum { RTCDR = 0, RTCMR = 1, RTCIMSC = 4, RTCICR = 7, PERIPH_ID0 = 0xfe0 / 4 };

static void line_raise(bool on)
{
    uint32_t volatile *rtc = (uint32_t volatile *)RTC;
    if (on)
        rtc[RTCMR] = rtc[RTCDR]; // matches now
    else
        rtc[RTCICR] = 1;
}

static void real_line(void)
{
    uint32_t volatile *rtc = (uint32_t volatile *)RTC;
    if (!iomem_map(RTC) || (rtc[PERIPH_ID0] & 0xff) != 0x31)
        return;
    l4_cap_idx_t irq = make_irq();
    rtc[RTCIMSC] = 1;
    line_raise(false);
    l4_icu_set_mode(L4_BASE_ICU_CAP, RTC_IRQ, 3); // holds for what is bound later, too
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, RTC_IRQ, irq)), 0, "bind of a line");
    l4_rcv_ep_bind_thread(irq, L4_BASE_THREAD_CAP, 0x99);
    line_raise(true);
    check_eq((int64_t)next_label(1), 0, "a pin starts masked");
    l4_irq_unmask(irq);
    check_eq((int64_t)next_label(100), 0x99, "unmask: the level interrupt arrives");
    check_eq((int64_t)next_label(1), 0, "once, until the end of interrupt");
    l4_irq_unmask(irq);
    check_eq((int64_t)next_label(100), 0x99, "it is still there after the end of interrupt");
    line_raise(false);
    l4_irq_unmask(irq);
    check_eq((int64_t)next_label(1), 0, "no interrupt after its cause is gone");
    line_raise(true);
    check_eq((int64_t)next_label(100), 0x99, "the next one");
    line_raise(false);
    l4_irq_unmask(irq);
    if (second_cpu()) { // the line follows the thread
        main_place(MAIN_PRIO, 1);
        line_raise(true);
        check_eq((int64_t)next_label(100), 0x99, "after a migration");
        line_raise(false);
        l4_irq_unmask(irq);
        main_place(MAIN_PRIO, 0);
    }
    l4_cap_idx_t sem = slot_alloc();
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, sem);
    check_eq(l4_error(l4_icu_unbind(L4_BASE_ICU_CAP, RTC_IRQ, irq)), 0, "unbind of a line");
    check_eq(l4_error(l4_icu_bind(L4_BASE_ICU_CAP, RTC_IRQ, sem)), 0, "bind of a semaphore");
    l4_icu_set_mode(L4_BASE_ICU_CAP, RTC_IRQ, 3);
    l4_irq_unmask(sem);
    line_raise(true);
    check_eq(l4_error(l4_semaphore_down(sem, recv_us(LIMIT_US))), 0, "the line ups a semaphore");
    check_eq(l4_error(l4_semaphore_down(sem, recv_us(1000))), -(L4_EIPC_LO + L4_IPC_RETIMEOUT),
             "once");
    line_raise(false);
    slot_free(sem, true);
    slot_free(irq, true);
    rtc[RTCIMSC] = 0;
}

void test_irq(void)
{
    software();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++)
        rebinding(cpu);
    successor();
    notices();
    icu_errors();
    icu_without_the_machine();
    real_line();
}
