// SPDX-License-Identifier: MIT
// From the initial stack to main().
#include "ssp.h"

#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/re/random.h>
#include <l4/ssp/ssp.h>
#include <picotls.h>
#include <stdint.h>
#include <stdlib.h>

extern char **environ;
extern void __libc_init_array(void);
extern int main(int argc, char **argv, char **envp);

// Regions that may lie anywhere are searched from some place behind the stack on, so that they need few page tables.
#define SEARCH_SPREAD 128 // superpages

void start_main(l4_umword_t *sp) L4_NORETURN;

static void start_auxv(l4_umword_t const *auxv)
{
    for (; auxv[0] != L4RE_AT_NULL; auxv += 2) {
        if (auxv[0] == L4RE_AT_ENV)
            l4re_global_env = (l4re_env_t const *)auxv[1];
        else if (auxv[0] == L4RE_AT_KIP)
            l4re_global_kip = (l4_kernel_info_t const *)auxv[1];
        else if (auxv[0] == L4RE_AT_RANDOM)
            l4re_random_init((l4_uint64_t const *)auxv[1]);
    }
}

static void start_search(l4_addr_t sp)
{
    l4_uint64_t random = l4re_random();
    if (random)
        l4re_rm_search_from(l4_round_size(sp, L4_SUPERPAGESHIFT) + (random % SEARCH_SPREAD << L4_SUPERPAGESHIFT));
}

// Thread-local storage of the main thread lies on its stack, which lives as long as the program.
// Nothing before this may use errno.
static void start_tls(uintptr_t mem, size_t align)
{
    void *block = (void *)((mem + align - 1) & -align);
    _init_tls(block);
    _set_tls(block);
}

void start_main(l4_umword_t *sp)
{
    int argc = (int)sp[0];
    char **argv = (char **)(sp + 1);
    char **envp = argv + argc + 1;
    char **p = envp;
    while (*p)
        p++;
    start_auxv((l4_umword_t const *)(p + 1));
    ssp_init(l4re_random()); // this function does not return
    ssp_set_program(argc ? argv[0] : "?");
    start_search((l4_addr_t)sp);

    size_t align = _tls_align() < 16 ? 16 : _tls_align();
    start_tls((uintptr_t)__builtin_alloca(_tls_size() + align), align);
    environ = envp;
    __libc_init_array();
    exit(main(argc, argv, envp));
}
