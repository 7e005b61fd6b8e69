// SPDX-License-Identifier: MIT
// From the initial stack to main().
#include <l4/re/env.h>
#include <picotls.h>
#include <stdint.h>
#include <stdlib.h>

extern char **environ;
extern void __libc_init_array(void);
extern int main(int argc, char **argv, char **envp);

void start_main(l4_umword_t *sp) L4_NORETURN;

static void start_auxv(l4_umword_t const *auxv)
{
    for (; auxv[0] != L4RE_AT_NULL; auxv += 2) {
        if (auxv[0] == L4RE_AT_ENV)
            l4re_global_env = (l4re_env_t const *)auxv[1];
        else if (auxv[0] == L4RE_AT_KIP)
            l4re_global_kip = (l4_kernel_info_t const *)auxv[1];
    }
}

// Thread-local storage of the main thread lies on its stack, which lives as long as the program. Nothing before
// this may use errno.
#define START_TLS(mem)                                                                                     \
    do {                                                                                                   \
        void *aligned = (void *)(((uintptr_t)(mem) + _tls_align() - 1) & -_tls_align());                   \
        _init_tls(aligned);                                                                                \
        _set_tls(aligned);                                                                                 \
    } while (0)

void start_main(l4_umword_t *sp)
{
    int argc = (int)sp[0];
    char **argv = (char **)(sp + 1);
    char **envp = argv + argc + 1;
    char **p = envp;
    while (*p)
        p++;
    start_auxv((l4_umword_t const *)(p + 1));

    START_TLS(__builtin_alloca(_tls_size() + 2 * _tls_align()));
    environ = envp;
    __libc_init_array();
    exit(main(argc, argv, envp));
}
