// SPDX-License-Identifier: MIT
#include "crowd.h"

enum { KU_ORDER = 16, PIECE = (1 << KU_ORDER) / L4_UTCB_OFFSET };
#define KU_AREA 0x71000000ul

void crowd_entry(void);
static struct call calls[CROWD];

l4_utcb_t *crowd_utcb(unsigned i)
{
    return (l4_utcb_t *)(KU_AREA + i * L4_UTCB_OFFSET);
}

void crowd_make(unsigned n, unsigned prio)
{
    static unsigned room;
    for (; room < n; room += PIECE) {
        l4_fpage_t f = l4_fpage(KU_AREA + room * L4_UTCB_OFFSET, KU_ORDER, L4_FPAGE_RW);
        if (l4_error(l4_task_add_ku_mem(L4_BASE_TASK_CAP, &f)))
            check(false, "room for the crowd");
    }
    for (unsigned i = 0; i < n; i++) {
        l4_cap_idx_t t = crowd_thread(i);
        if (l4_error(l4_factory_create_thread(L4_BASE_FACTORY_CAP, t)))
            check(false, "a thread of the crowd");
        l4_thread_control_start();
        l4_thread_control_pager(L4_BASE_PAGER_CAP);
        l4_thread_control_bind(crowd_utcb(i), L4_BASE_TASK_CAP);
        if (l4_error(l4_thread_control_commit(t)))
            check(false, "a bound thread of the crowd");
        thread_place(t, prio, 0);
    }
}

void crowd_start(unsigned i, struct call const *c)
{
    calls[i] = *c;
    l4_thread_ex_regs(crowd_thread(i), (l4_addr_t)crowd_entry, (l4_addr_t)&calls[i], 0);
}

void crowd_delete(void)
{
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(crowd_thread(0), 10, L4_CAP_FPAGE_RWSD), L4_FP_DELETE_OBJ);
}
