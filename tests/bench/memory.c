// SPDX-License-Identifier: MIT
#include "echo_protocol.h"
#include "measure.h"
#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/ipc.h>
#include <l4/sys/task.h>
#include <stdio.h>

enum { PAGES = 256 };

static l4_cap_idx_t peer;
static l4_addr_t window;

static void request(unsigned what)
{
    if (what == ECHO_MAP) {
        l4_utcb_br()->bdr = 0;
        l4_utcb_br()->br[0] = L4_ITEM_MAP;
        l4_utcb_br()->br[1] = l4_fpage(window, L4_PAGESHIFT, L4_FPAGE_RW).raw;
    }
    l4_ipc_call(peer, l4_utcb(), l4_msgtag(what, 0, 0, 0), L4_IPC_NEVER);
}

static void map(void *arg)
{
    (void)arg;
    request(ECHO_MAP);
}

static void map_unmap(void *arg)
{
    (void)arg;
    request(ECHO_MAP);
    request(ECHO_UNMAP);
}

static void unmap(void *arg)
{
    (void)arg;
    l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage(window, L4_PAGESHIFT, L4_FPAGE_RWX),
                  L4_FP_ALL_SPACES);
}

static void bench_page_fault(void)
{
    l4re_ds_t ds = l4re_util_cap_alloc();
    void *addr = 0;
    if (l4re_ma_alloc(PAGES * L4_PAGESIZE, ds, 0) ||
        l4re_rm_attach(&addr, PAGES * L4_PAGESIZE,
                       L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW | L4RE_RM_F_NO_EAGER_MAP, ds, 0,
                       L4_PAGESHIFT)) {
        puts("bench: cannot attach memory");
        return;
    }
    l4re_ds_allocate(ds, 0, PAGES * L4_PAGESIZE); // clearing is not the fault's cost
    char volatile *p = addr;
    p[0] = 1;
    uint64_t start = counter();
    for (unsigned i = 1; i < PAGES; i++)
        p[i * L4_PAGESIZE] = 1;
    report("page-fault", counter() - start, PAGES - 1);
}

void bench_memory(void)
{
    peer = l4re_env_get_cap("echo");
    window = 0;
    if (l4_is_valid_cap(peer) &&
        !l4re_rm_reserve_area(&window, L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT)) {
        measure("map-mapped-page", map, 0);
        measure("map-unmap-page", map_unmap, 0);
        measure("unmap-absent-page", unmap, 0);
    }
    bench_page_fault();
}
