// SPDX-License-Identifier: MIT
// What a program can find out: the kernel and the machine's memory, CPUs, time, its own console; and memory from sigma0.
#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/sigma0/sigma0.h>
#include <l4/sys/debugger.h>
#include <l4/sys/kdebug.h>
#include <l4/sys/memdesc.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/thread.h>
#include <l4/sys/vcon.h>
#include <l4/util/kip.h>
#include <string.h>

#include "../check.h"

static void kernel(void)
{
    l4_kernel_info_t const *kip = l4_kip();
    char const *feature = l4_kip_version_string(kip);
    int features = 0;
    CHECK(l4_kip_version(kip) == L4_KIP_VERSION_FIASCO && !strncmp(feature, "Ashlar", 6));
    l4_kip_for_each_feature(feature) features++;
    CHECK(features >= 1);
    CHECK(l4util_kip_kernel_has_feature(kip, "arm:hyp") && !l4util_kip_kernel_has_feature(kip, "arm:hy"));
    CHECK(l4util_kip_kernel_abi_version(kip) == 3);

    l4_kernel_info_mem_desc_t *md = l4_kernel_info_get_mem_descs(kip);
    l4_umword_t ram = 0;
    for (unsigned i = 0; i < l4_kernel_info_get_num_mem_descs(kip); i++)
        if (!l4_kernel_info_get_mem_desc_is_virtual(&md[i]) &&
            l4_kernel_info_get_mem_desc_type(&md[i]) == l4_mem_type_conventional)
            ram += l4_kernel_info_get_mem_desc_end(&md[i]) - l4_kernel_info_get_mem_desc_start(&md[i]) + 1;
    CHECK(ram >= 64ul << 20);
}

static void cpus_and_time(void)
{
    l4_umword_t max, classes;
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0, 0, 0);
    l4_kernel_clock_t before = l4_kip_clock(l4_kip()), used;
    CHECK(l4_error(l4_scheduler_info_with_classes(l4re_env()->scheduler, &max, &set, &classes)) >= 0);
    CHECK(set.map & 1 && max >= 1 && classes & L4_SCHEDULER_CLASS_FIXED_PRIO);
    CHECK(l4_scheduler_is_online(l4re_env()->scheduler, 0) && !l4_scheduler_is_online(l4re_env()->scheduler, max));
    l4_ipc_sleep_ms(2);
    CHECK(l4_kip_clock(l4_kip()) - before >= 2000);
    CHECK(l4_error(l4_thread_stats_time(l4re_env()->main_thread, &used)) >= 0 && used > 0);

    // timeouts: what they say, and until when
    CHECK(l4_timeout_rel_get(l4_timeout_from_us(1000)) == 1000 && l4_timeout_rel_get(L4_IPC_TIMEOUT_0) == 0);
    CHECK(l4_timeout_rel_get(L4_IPC_TIMEOUT_NEVER) == L4_TIMEOUT_US_NEVER);
    l4_timeout_s until = l4_timeout_abs(l4_kip_clock(l4_kip()) + 3000, 4);
    CHECK(l4_timeout_is_absolute(until));
    l4_kernel_clock_t end = l4_timeout_get(0, until);
    CHECK(l4_ipc_error(l4_ipc_sleep(l4_timeout(L4_IPC_TIMEOUT_NEVER, until)), l4_utcb()) == L4_IPC_RETIMEOUT);
    CHECK(l4_kip_clock(l4_kip()) >= end);
}

static void console(void)
{
    l4_vcon_attr_t attr = {~0ul, ~0ul, ~0ul};
    l4_vcon_set_attr_raw(&attr);
    CHECK(!(attr.l_flags & (L4_VCON_ECHO | L4_VCON_ICANON)) && !(attr.i_flags & L4_VCON_ICRNL));
    l4_kd_outstring("debug output: ");
    l4_kd_outdec(-1234567);
    l4_kd_outchar(' ');
    l4_kd_outhex16(0xbeef);
    l4_kd_outchar('\n');

    // there is no kernel debugger
    char name[16];
    CHECK(l4_debugger_global_id(l4re_env()->main_thread) == ~0ul);
    CHECK(l4_debugger_get_object_name(l4re_env()->main_thread, name, sizeof(name)) == l4_ipc_to_errno(L4_IPC_ENOT_EXISTENT));
}

// The capability `sigma0` of the program: the kernel's page once more, and a page of any RAM.
static void from_sigma0(void)
{
    l4_cap_idx_t sigma0 = l4re_env_get_cap("sigma0");
    l4_addr_t area = 0, base = 0;
    CHECK(l4_is_valid_cap(sigma0));
    CHECK(l4re_rm_reserve_area(&area, 2 * L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT + 1) == 0);
    l4_kernel_info_t const *kip = l4sigma0_map_kip(sigma0, (void *)area, L4_PAGESHIFT);
    CHECK(kip && kip->magic == L4_KERNEL_INFO_MAGIC);
    CHECK(l4sigma0_map_iomem(sigma0, 0x1000, area + 0x10, L4_PAGESIZE, 0) == -L4SIGMA0_NOTALIGNED);
    CHECK(l4sigma0_map_mem(sigma0, ~0ul << 40, area + L4_PAGESIZE, L4_PAGESIZE) == -L4SIGMA0_NOFPAGE);
    int e = l4sigma0_map_anypage(sigma0, area + L4_PAGESIZE, L4_PAGESHIFT, &base, L4_PAGESHIFT);
    CHECK(e == -L4SIGMA0_NOFPAGE || (e == 0 && base)); // moe may have taken all
    CHECK(!strcmp(l4sigma0_map_errstr(0), "no error"));
}

int main(void)
{
    kernel();
    cpus_and_time();
    console();
    from_sigma0();
    puts("system: ok");
}
