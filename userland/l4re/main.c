// SPDX-License-Identifier: MIT
// In-task runtime: first program in every task. It loads the application beside itself into the
// same address space, starts a thread for it and then serves as its region map, pager and exception
// handler.
#include "runtime.h"

#include <l4/re/c/parent.h>
#include <l4/sys/kip.h>
#include <l4/sys/scheduler.h>
#include <stdlib.h>

// Below lies nothing, so that a null pointer with a small offset is a fault.
#define ADDRESS_MIN 0x10000ul

static l4_umword_t const *find_auxv(char **envp)
{
    while (*envp)
        envp++;
    return (l4_umword_t const *)(envp + 1);
}

static char const *find_binary(l4_umword_t const *auxv)
{
    for (; auxv[0] != L4RE_AT_NULL; auxv += 2) {
        if (auxv[0] == L4RE_AT_AUX)
            return ((l4re_aux_t const *)auxv[1])->binary;
    }
    return NULL;
}

// Highest user address, from the KIP.
static l4_addr_t address_max(void)
{
    l4_kernel_info_t const *k = l4re_kip();
    l4_kernel_info_mem_desc_t const *d = l4_kip_memdescs(k);
    for (unsigned i = 0; i < k->mem_descs_num; i++) {
        if (l4_kip_memdesc_is_virtual(&d[i]) &&
            l4_kip_memdesc_type(&d[i]) == l4_mem_type_conventional)
            return l4_kip_memdesc_end(&d[i]);
    }
    return (1ul << 40) - 1;
}

static void raise_priority(void)
{
    // Faults of a thread must be answered whatever its priority is. The scheduler caps the value.
    l4_sched_param_t sp = l4_sched_param(255, 0);
    l4_scheduler_run_thread(l4re_env()->scheduler, l4re_env()->main_thread, &sp);
}

static int start_program(struct runtime *rt, l4_umword_t const *sp)
{
    int e = srv_init(&rt->srv, l4re_env()->main_thread);
    rt->rm.ops = &rm_server_ops;
    if (e >= 0)
        e = srv_register(&rt->srv, &rt->rm);
    if (e < 0) {
        runtime_message("cannot set up the region map: %s", l4sys_errtostr(e));
        return -1;
    }
    rm_init(rt, ADDRESS_MIN, address_max());
    import_regions(&rt->map, l4re_env()->rm);
    if (load_program(rt) < 0)
        return -1;

    e = app_thread_create(rt);
    l4_addr_t app_sp = e < 0 ? 0 : app_stack_make(rt, sp);
    if (e >= 0 && !app_sp)
        return -1;
    if (e >= 0)
        e = app_thread_run(rt, app_sp);
    if (e < 0) {
        runtime_message("cannot start its thread: %s", l4sys_errtostr(e));
        return -1;
    }
    return 0;
}

int main(int argc, char **argv, char **envp)
{
    (void)argc;
    runtime.binary = find_binary(find_auxv(envp));
    if (!runtime.binary || !l4re_env() || !l4re_kip()) {
        runtime.binary = "?";
        runtime_message("started without environment");
        return RUNTIME_EXIT_LOAD;
    }
    if (start_program(&runtime, (l4_umword_t const *)argv - 1) < 0)
        exit(RUNTIME_EXIT_LOAD);
    raise_priority();
    srv_loop(&runtime.srv);
}
