// SPDX-License-Identifier: MIT
// The C API: what it computes, and what it puts into messages.
#include "unit_run.h"

#include <check.h>
#include <l4/sys/debugger.h>
#include <l4/sys/factory.h>
#include <l4/sys/icu.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/kdebug.h>
#include <l4/sys/kip.h>
#include <l4/sys/memdesc.h>
#include <l4/sys/platform_control.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <string.h>

static l4_utcb_t own, other; // `other` is what the _u forms are given
static l4_msg_regs_t sent;   // what was in the registers of the UTCB at the call
static l4_utcb_t *used;
static l4_msgtag_t sent_tag, answer;
static l4_umword_t sent_dest, sent_flags;
static l4_timeout_t sent_timeout;
static l4_umword_t answer_word[3];
static char console[64];
static unsigned console_len;
static unsigned calls;

l4_utcb_t *l4_utcb(void)
{
    return &own;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    sent = used->msg;
    sent_tag = tag;
    sent_dest = dest & L4_CAP_MASK;
    sent_flags = dest & L4_SYSF_MASK;
    sent_timeout = to;
    *label = 0x55;
    calls++;
    if (l4_msgtag_label(tag) == L4_PROTO_LOG && (sent.mr[0] & L4_VCON_OPCODE_MASK) == L4_VCON_WRITE_OP) {
        memcpy(console + console_len, &sent.mr[2], sent.mr[1]);
        console_len += (unsigned)sent.mr[1];
        return tag;
    }
    memcpy(used->msg.mr, answer_word, sizeof(answer_word));
    return answer;
}

l4_kernel_info_t const *l4re_kip(void)
{
    return NULL;
}

l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    (void)kip;
    return 0;
}

static void setup(void)
{
    memset(&own, 0xee, sizeof(own));
    memset(&other, 0xee, sizeof(other));
    used = &other;
    answer = l4_msgtag(0, 0, 0, 0);
    memset(answer_word, 0, sizeof(answer_word));
    console_len = calls = 0;
}

// The last message: its destination, label, words, and the item of one capability behind them (0: none).
static void check_sent(l4_cap_idx_t dest, long label, unsigned words, l4_cap_idx_t item)
{
    ck_assert_uint_eq(calls, 1);
    calls = 0;
    ck_assert_uint_eq(sent_dest, dest);
    ck_assert_int_eq(l4_msgtag_label(sent_tag), label);
    ck_assert_uint_eq(l4_msgtag_words(sent_tag), words);
    ck_assert_uint_eq(l4_msgtag_items(sent_tag), item ? 1 : 0);
    if (item) {
        ck_assert_uint_eq(sent.mr[words] & L4_ITEM_MAP, L4_ITEM_MAP);
        ck_assert_uint_eq(l4_fpage_obj((l4_fpage_t){sent.mr[words + 1]}), item);
    }
}

enum { A = 5 << L4_CAP_SHIFT, B = 9 << L4_CAP_SHIFT };

START_TEST(irqs_and_semaphores)
{
    l4_umword_t label = 0;
    l4_irq_wait_u(A, &label, L4_IPC_SEND_TIMEOUT_0, &other);
    check_sent(A, L4_PROTO_IRQ, 1, 0);
    ck_assert(sent.mr[0] == L4_IRQ_OP_EOI && sent_flags == L4_SYSF_SEND_AND_WAIT && label == 0x55);
    l4_irq_receive_u(A, L4_IPC_RECV_TIMEOUT_0, &other);
    ck_assert(sent_flags == L4_SYSF_CALL && sent_timeout.raw == L4_IPC_RECV_TIMEOUT_0.raw);
    calls = 0;
    l4_irq_detach_u(A, &other);
    check_sent(A, L4_PROTO_IRQ_SENDER, 1, 0);
    l4_irq_bind_vcpu_u(A, B, 77, &other);
    check_sent(A, L4_PROTO_IRQ_SENDER, 2, B);
    ck_assert(sent.mr[1] == 77);
    l4_semaphore_down_u(A, L4_IPC_NEVER, &other);
    check_sent(A, L4_PROTO_SEMAPHORE, 1, 0);
    l4_semaphore_up_u(A, &other);
    check_sent(A, L4_PROTO_IRQ, 0, 0);
    ck_assert(sent_flags == L4_SYSF_SEND);
}
END_TEST

START_TEST(interrupt_controllers)
{
    l4_umword_t label = 0;
    l4_icu_unmask_u(A, 33, NULL, L4_IPC_NEVER, &other);
    check_sent(A, L4_PROTO_IRQ, 2, 0);
    ck_assert(sent.mr[0] == L4_ICU_OP_UNMASK && sent.mr[1] == 33 && sent_flags == L4_SYSF_SEND);
    l4_icu_mask_u(A, 34, &label, L4_IPC_NEVER, &other);
    ck_assert(sent.mr[0] == L4_ICU_OP_MASK && sent.mr[1] == 34 && sent_flags == L4_SYSF_SEND_AND_WAIT && label == 0x55);
    calls = 0;
    l4_icu_bind_u(A, 35, B, &other);
    check_sent(A, L4_PROTO_IRQ, 2, B);
    l4_icu_set_mode_u(A, 36, L4_IRQ_F_LEVEL_LOW, &other);
    check_sent(A, L4_PROTO_IRQ, 3, 0);
    ck_assert(sent.mr[2] == L4_IRQ_F_LEVEL_LOW);

    // three words from the kernel, three halves from servers
    l4_icu_info_t info;
    answer = l4_msgtag(0, 3, 0, 0);
    answer_word[0] = L4_ICU_FLAG_MSI, answer_word[1] = 300, answer_word[2] = 8;
    l4_icu_info_u(A, &info, &other);
    ck_assert(info.features == L4_ICU_FLAG_MSI && info.nr_irqs == 300 && info.nr_msis == 8);
    answer = l4_msgtag(0, 2, 0, 0);
    answer_word[0] = 4ul << 32, answer_word[1] = 2;
    l4_icu_info_u(A, &info, &other);
    ck_assert(info.features == 0 && info.nr_irqs == 4 && info.nr_msis == 2);
    l4_icu_info_t before = info;
    answer = l4_msgtag(-L4_EPERM, 3, 0, 0);
    l4_icu_info_u(A, &info, &other);
    ck_assert_mem_eq(&before, &info, sizeof(info));
}
END_TEST

START_TEST(tasks_and_factories)
{
    l4_fpage_t pages[2] = {l4_fpage(0x1000, 12, L4_FPAGE_RW), l4_fpage(0x200000, 21, L4_FPAGE_RW)};
    l4_task_unmap_batch_u(A, pages, 2, L4_FP_ALL_SPACES, &other);
    check_sent(A, L4_PROTO_TASK, 4, 0);
    ck_assert(sent.mr[1] == L4_FP_ALL_SPACES && sent.mr[3] == pages[1].raw);
    l4_task_delete_obj_u(A, B, &other);
    check_sent(A, L4_PROTO_TASK, 3, 0);
    ck_assert(sent.mr[1] == L4_FP_DELETE_OBJ && l4_fpage_obj((l4_fpage_t){sent.mr[2]}) == B);
    l4_task_cap_equal_u(A, B, A, &other);
    check_sent(A, L4_PROTO_TASK, 3, 0);

    l4_factory_create_gate_u(A, B, 7 << L4_CAP_SHIFT, 0x40, &other);
    check_sent(A, L4_PROTO_FACTORY, 3, 7 << L4_CAP_SHIFT);
    ck_assert(sent.mr[2] == 0x40 && other.buf.br[0] == (B | L4_RCV_ITEM_SINGLE_CAP));
    l4_factory_create_semaphore_u(A, B, &other);
    check_sent(A, L4_PROTO_FACTORY, 1, 0);
    ck_assert((long)sent.mr[0] == L4_PROTO_SEMAPHORE);
    l4_ipc_gate_bind_snd_destination_u(A, B, 0x80, &other);
    check_sent(A, L4_PROTO_KOBJECT, 2, B);
    ck_assert(sent.mr[0] == L4_IPC_GATE_BIND_OP && sent.mr[1] == 0x80);
}
END_TEST

START_TEST(threads)
{
    l4_thread_control_start_u(&other);
    l4_thread_control_pager_u(A, &other);
    l4_thread_control_alien_u(&other, 1);
    l4_thread_control_bind_u(&own, B, &other);
    l4_thread_control_commit_u(A, &other);
    check_sent(A, L4_PROTO_THREAD, L4_THREAD_CONTROL_WORDS, B);
    ck_assert(sent.mr[L4_THREAD_CONTROL_MR_IDX_FLAG_VALS] == L4_THREAD_CONTROL_ALIEN);
    ck_assert(sent.mr[L4_THREAD_CONTROL_MR_IDX_BIND_UTCB] == (l4_umword_t)&own);
    l4_addr_t ip = 1, sp = 2;
    l4_umword_t flags = L4_THREAD_EX_REGS_CANCEL;
    answer_word[0] = 7, answer_word[1] = 8, answer_word[2] = 9;
    l4_thread_ex_regs_ret_u(A, &ip, &sp, &flags, &other);
    check_sent(A, L4_PROTO_THREAD, 3, 0);
    ck_assert(flags == 7 && ip == 8 && sp == 9);
    l4_msgtag_t t = l4_thread_modify_sender_start_u(&other);
    for (int i = 0; i < 15; i++)
        ck_assert_int_eq(l4_thread_modify_sender_add_u(1, 2, 3, 4, &t, &other), 0);
    ck_assert_int_eq(l4_thread_modify_sender_add_u(1, 2, 3, 4, &t, &other), -L4_ENOMEM);
    l4_thread_modify_sender_commit_u(A, t, &other);
    check_sent(A, L4_PROTO_THREAD, 61, 0);
    l4_thread_arm_set_tpidruro_u(A, 0x123, &other);
    check_sent(A, L4_PROTO_THREAD, 2, 0);
    ck_assert(sent.mr[0] == L4_THREAD_ARM_TPIDRURO_OP && sent.mr[1] == 0x123);

    l4_sched_cpu_set_t set = l4_sched_cpu_set(4, 0, 0);
    l4_umword_t max = 0, classes = 0;
    answer = l4_msgtag(0, 3, 0, 0);
    l4_scheduler_info_u(A, &max, &set, &classes, &other);
    check_sent(A, L4_PROTO_SCHEDULER, 2, 0);
    ck_assert(set.map == 7 && max == 8 && classes == 9 && sent.mr[1] == 4);
    l4_platform_ctl_cpu_disable_u(A, 3, &other);
    check_sent(A, L4_PROTO_PLATFORM_CTL, 2, 0);
    ck_assert(sent.mr[0] == L4_PLATFORM_CTL_CPU_DISABLE_OP && sent.mr[1] == 3);
}
END_TEST

START_TEST(timeouts)
{
    ck_assert_uint_eq(l4_timeout_rel_get(l4_timeout_rel(3, 4)), 48);
    ck_assert_uint_eq(l4_timeout_rel_get(L4_IPC_TIMEOUT_NEVER), L4_TIMEOUT_US_NEVER);
    ck_assert_uint_eq(l4_timeout_get(100, l4_timeout_from_us(1000)), 1100);
    ck_assert_uint_eq(l4_timeout_get(100, L4_IPC_TIMEOUT_NEVER), L4_TIMEOUT_US_NEVER);
    for (l4_uint64_t us = 1; us < 1ull << 40; us = us * 3 + 1) {
        l4_uint64_t got = l4_timeout_rel_get(l4_timeout_from_us(us));
        ck_assert(got >= us && got - us <= us / 256);
    }
    l4_timeout_s abs = l4_timeout_abs_u(0x123456789, 7, &own);
    ck_assert(l4_timeout_is_absolute(abs) && own.buf.br[7] == 0x123456789 && l4_timeout_get(1, abs) == 0x123456789);
    ck_assert(!l4_timeout_is_absolute(l4_timeout_from_us(~0ull)));
    l4_timeout_t to = L4_IPC_NEVER_INITIALIZER;
    l4_rcv_timeout(abs, &to);
    l4_snd_timeout(L4_IPC_TIMEOUT_0, &to);
    ck_assert(to.p.rcv.t == abs.t && to.p.snd.t == L4_IPC_TIMEOUT_0.t);
    ck_assert_uint_eq(l4_ipc_timeout(1, 2, 3, 4).p.rcv.t, l4_timeout_rel(3, 4).t);
}
END_TEST

START_TEST(flexpages)
{
    l4_fpage_t f = l4_fpage(0x40000000, 16, L4_FPAGE_RWX);
    ck_assert(l4_fpage_contains(f, 0x40000000, 12) && l4_fpage_contains(f, 0x4000f000, 12));
    ck_assert(!l4_fpage_contains(f, 0x40010000, 12) && !l4_fpage_contains(f, 0x40000000, 17));
    ck_assert(l4_is_fpage_writable(f) && !l4_is_fpage_writable(l4_fpage_set_rights(f, L4_FPAGE_RX)));
    ck_assert_uint_eq(l4_fpage_page(f), 0x40000);
    ck_assert(!l4_is_fpage_valid(l4_fpage_invalid()));
    // as large as the bounds and the hot spot allow
    ck_assert_uint_eq(l4_fpage_max_order(12, 0x10000, 0, ~0ul, 0), 16);
    ck_assert_uint_eq(l4_fpage_max_order(12, 0x10000, 0x10000, 0x17fff, 0x30000), 15);
    ck_assert_uint_eq(l4_fpage_max_order(12, 0x11000, 0x10000, 0x17fff, 0x1000), 15);
    ck_assert_uint_eq(l4_fpage_max_order(12, 0x11000, 0x11000, 0x1ffff, 0x1000), 12);
    ck_assert_uint_eq(l4_bdr(1, 2, 3, L4_BDR_FPU), 1 | 2 << 5 | 3 << 10 | 1 << 24);
    ck_assert_uint_eq(l4_bytes_to_mwords(17), 3);
}
END_TEST

START_TEST(messages_of_the_kernel)
{
    ck_assert(l4_msgtag_is_page_fault(l4_msgtag(L4_PROTO_PAGE_FAULT, 2, 0, 0)));
    ck_assert(!l4_msgtag_is_page_fault(l4_msgtag(L4_PROTO_EXCEPTION, 2, 0, 0)));
    ck_assert(l4_msgtag_is_exception(l4_msgtag(L4_PROTO_EXCEPTION, 40, 0, 0)));
    ck_assert(l4_msgtag_is_sigma0(l4_msgtag(L4_PROTO_SIGMA0, 2, 0, 0)));
    l4_exc_regs_t e = {.err = 0x24ul << L4_ESR_EC_SHIFT};
    ck_assert(l4_utcb_exc_is_pf(&e) && !l4_utcb_exc_is_ex_regs_exception(&e));
    e.err = 0x20ul << L4_ESR_EC_SHIFT;
    ck_assert(l4_utcb_exc_is_pf(&e));
    e.err = (l4_umword_t)L4_EC_EX_REGS << L4_ESR_EC_SHIFT;
    ck_assert(!l4_utcb_exc_is_pf(&e) && l4_utcb_exc_is_ex_regs_exception(&e));
    e.err = 0x15ul << L4_ESR_EC_SHIFT;
    ck_assert(!l4_utcb_exc_is_pf(&e));
}
END_TEST

START_TEST(debugging)
{
    used = &own;
    memset(&own, 0, sizeof(own));
    own.msg.mr[0] = 0xabc;
    l4_kd_outdec(-120);
    l4_kd_outhex12(0x1234);
    l4_kd_outhex64(0xf);
    l4_kd_enter("!");
    ck_assert_int_eq(console_len, 4 + 3 + 16 + 2);
    ck_assert_mem_eq(console, "-120234000000000000000f!\n", console_len);
    ck_assert_uint_eq(own.msg.mr[0], 0xabc); // as it was
    l4_kd_outdec((l4_mword_t)(1ul << 63));
    ck_assert_mem_eq(console + 25, "-9223372036854775808", 20);

    // without a debugger
    char name[16] = "as it was";
    used = &other;
    answer.raw = L4_MSGTAG_ERROR;
    other.tcr.error = L4_IPC_ENOT_EXISTENT;
    ck_assert_uint_eq(l4_debugger_global_id_u(A, &other), ~0ul);
    ck_assert_int_eq(l4_debugger_get_object_name_u(A, name, sizeof(name), &other), l4_ipc_to_errno(L4_IPC_ENOT_EXISTENT));
    ck_assert_str_eq(name, "as it was");
    calls = 0;
    l4_debugger_set_object_name_u(A, "a name that is too long", &other);
    check_sent(L4_BASE_DEBUGGER_CAP, L4_PROTO_DEBUGGER, 3, A);
    ck_assert_str_eq((char *)&sent.mr[1], "a name that is ");
    l4_debugger_switch_log_u(A, "x", 1, &other);
    check_sent(L4_BASE_DEBUGGER_CAP, L4_PROTO_DEBUGGER, 3, A);
    // with one: an answer without an end is cut
    answer = l4_msgtag(0, 3, 0, 0);
    memset(answer_word, 'y', sizeof(answer_word));
    ck_assert_int_eq(l4_debugger_get_object_name_u(A, name, sizeof(name), &other), 0);
    ck_assert_str_eq(name, "yyyyyyyyyyyyyyy");
}
END_TEST

START_TEST(information_page)
{
    static l4_kernel_info_t kip;
    kip.offset_version_strings = L4_KIP_OFFS_STRINGS / L4_KIP_VERSION_UNIT;
    kip.version = L4_KIP_VERSION;
    memcpy(kip.strings, "Name\0one\0two:2\0", 16);
    int n = 0;
    char const *s = l4_kip_version_string(&kip);
    ck_assert_str_eq(s, "Name");
    l4_kip_for_each_feature(s) ck_assert_str_eq(s, n++ ? "two:2" : "one");
    ck_assert_int_eq(n, 2);
    ck_assert_uint_eq(l4_kip_version(&kip), L4_KIP_VERSION_FIASCO);

    kip.mem_descs = offsetof(l4_kernel_info_t, mem);
    kip.mem_descs_num = 2;
    l4_kernel_info_mem_desc_t *md = l4_kernel_info_get_mem_descs(&kip);
    l4_kernel_info_set_mem_desc(&md[1], 0x1000, 0x2fff, l4_mem_type_conventional, 1, 3);
    ck_assert(l4_kernel_info_get_num_mem_descs(&kip) == 2 && md == kip.mem);
    ck_assert(l4_kernel_info_get_mem_desc_start(&md[1]) == 0x1000 && l4_kernel_info_get_mem_desc_end(&md[1]) == 0x2fff);
    ck_assert(l4_kernel_info_get_mem_desc_type(&md[1]) == l4_mem_type_conventional);
    ck_assert(l4_kernel_info_get_mem_desc_subtype(&md[1]) == 3 && l4_kernel_info_get_mem_desc_is_virtual(&md[1]));

    static _Alignas(8) char area[L4_VCPU_STATE_EXT_SIZE];
    l4_vcpu_e_write(area, L4_VCPU_E_HCR, 0x123456789ul);
    l4_vcpu_e_write(area, L4_VCPU_E_SCTLR, 0x876543210ul);
    ck_assert(l4_vcpu_e_read(area, L4_VCPU_E_HCR) == 0x123456789ul && l4_vcpu_e_read(area, L4_VCPU_E_SCTLR) == 0x76543210);
    l4_vcpu_e_info_user(area)[1] = 4;
    ck_assert(area[L4_VCPU_OFFSET_EXT_USER + 8] == 4 && (char const *)l4_vcpu_e_info(area) == area + L4_VCPU_OFFSET_EXT_INFOS);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("l4sys");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, irqs_and_semaphores);
    tcase_add_test(c, interrupt_controllers);
    tcase_add_test(c, tasks_and_factories);
    tcase_add_test(c, threads);
    tcase_add_test(c, timeouts);
    tcase_add_test(c, flexpages);
    tcase_add_test(c, messages_of_the_kernel);
    tcase_add_test(c, debugging);
    tcase_add_test(c, information_page);
    Suite *s = suite_create("l4sys");
    suite_add_tcase(s, c);
    return unit_run(s);
}
