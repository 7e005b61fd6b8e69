// SPDX-License-Identifier: MIT
// Root task: takes over all memory, lists the boot image as rom/, starts the first program and
// serves it. lua-api 12, kernel-abi 10.
#include <l4/re/random.h>
#include <l4/ssp/ssp.h>
#include <l4/sys/kip.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/sigma0.h>
#include <stdio.h>
#include <string.h>

#include "dataspace.h"
#include "factory.h"
#include "heap.h"
#include "object.h"
#include "phys_mem.h"
#include "rm.h"
#include "rom.h"
#include "say.h"
#include "server.h"
#include "stack.h"
#include "start_init.h"

enum { MOE_PRIO = 255 };

void moe_main(uint64_t seed0, uint64_t seed1);

// The kernel info page, at its physical address.
static l4_kernel_info_t const *map_kip(void)
{
    l4_utcb_t *u = l4_utcb();

    u->msg.mr[0] = SIGMA0_REQ(SIGMA0_REQ_ID_KIP);
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    long err = l4_error(l4_ipc_call(L4_BASE_PAGER_CAP, u, l4_msgtag(L4_PROTO_SIGMA0, 1, 0, 0),
                                    L4_IPC_NEVER));
    if (err < 0)
        fatal("sigma0 gives no kernel info page (error %ld)", err);
    l4_kernel_info_t const *kip = phys_ptr(u->msg.mr[0] & L4_PAGEMASK);
    if (kip->magic != L4_KERNEL_INFO_MAGIC)
        fatal("no kernel info page at %p", (void const *)kip);
    return kip;
}

// The virtual conventional descriptor tells which addresses users have.
static void set_address_limits(l4_kernel_info_t const *kip)
{
    l4_kernel_info_mem_desc_t const *d = l4_kip_memdescs(kip);

    for (unsigned i = 0; i < kip->mem_descs_num; i++, d++) {
        if (!l4_kip_memdesc_is_virtual(d) || l4_kip_memdesc_type(d) != l4_mem_type_conventional)
            continue;
        rm_max_addr = l4_kip_memdesc_end(d);
        if (l4_kip_memdesc_start(d) > rm_min_addr)
            rm_min_addr = l4_kip_memdesc_start(d);
        return;
    }
    fatal("kernel info page does not tell the range of user addresses");
}

static void raise_priority(void)
{
    l4_sched_param_t sp = l4_sched_param(MOE_PRIO, 0);

    l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, L4_BASE_THREAD_CAP, &sp);
}

static void warn_option(char const *what, char const *text)
{
    say(DBG_WARN, "%s '%s'", what, text);
}

static void announce(struct options const *opt)
{
    char line[200];
    size_t len = 0;

    for (unsigned i = 0; i < opt->argc && len < sizeof(line); i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", i ? " " : "", opt->argv[i]);
    say(DBG_INFO, "%llu MiB of RAM, starting %s",
        (unsigned long long)phys_frames.total >> 20, line);
}

// The seed is from the kernel, 0: none.
void moe_main(uint64_t seed0, uint64_t seed1)
{
    uint64_t const seed[L4RE_RANDOM_WORDS] = { seed0, seed1 };
    static struct options opt = { .warn = warn_option };

    l4re_random_init(seed);
    ssp_init(l4re_random()); // this function does not return
    say_init();
    if (!stack_is_guarded())
        say(DBG_WARN, "no memory for a guard page below the stack");
    phys_init();
    heap_init(&factory_pages);
    server_init();
    raise_priority();
    l4_kernel_info_t const *kip = map_kip();
    set_address_limits(kip);
    factory_init();
    options_parse(&opt, rom_init(kip->user_ptr));
    say_mask = opt.debug;
    announce(&opt);
    struct dataspace *kip_ds = dataspace_of_phys((uintptr_t)kip, L4_PAGESIZE, DS_R | DS_X);
    if (!kip_ds)
        fatal("no memory for the kernel info page's dataspace");
    start_init(&opt, kip_ds);
    server_loop();
}
