// SPDX-License-Identifier: MIT
// Private, anonymous and eager attaches, with real memory behind them. Prints a line for each check that fails, and how many
// there were. Has 8 MiB.
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/file.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FILE_PATH "rom/regions"
#define SEARCH    (L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW)
#define MIB       (1ul << 20)

static unsigned checks, failures;

static void check(bool ok, char const *what)
{
    checks++;
    if (ok)
        return;
    failures++;
    printf("regions: wrong: %s\n", what);
}

static bool is_zero(unsigned char const *p, size_t n)
{
    while (n && !p[n - 1])
        n--;
    return n == 0;
}

// As a C library does it for TLS and stacks.
static void check_anonymous(void)
{
    void *at = NULL;
    int e = l4re_rm_attach(&at, 2 * L4_PAGESIZE, SEARCH | L4RE_RM_F_PRIVATE | L4RE_RM_F_ANONYMOUS, L4_INVALID_CAP, 0,
                           L4_PAGESHIFT);
    check(e == 0, "anonymous memory");
    if (e)
        return;
    check(is_zero(at, 2 * L4_PAGESIZE), "it is zeroed");
    memset(at, 0xa5, 2 * L4_PAGESIZE);
    check(l4re_rm_detach(at) == 0, "it goes");
    void *again = at;
    e = l4re_rm_attach(&again, 2 * L4_PAGESIZE, L4RE_RM_F_RW | L4RE_RM_F_ANONYMOUS, L4_INVALID_CAP, 0, 0);
    check(e == 0 && is_zero(again, 2 * L4_PAGESIZE), "the next is zeroed, too");
    l4re_rm_detach(again);
}

static void check_quota(void)
{
    l4re_rm_flags_t fixed = L4RE_RM_F_RW | L4RE_RM_F_ANONYMOUS | L4RE_RM_F_EAGER_MAP, flags = fixed | L4RE_RM_F_SEARCH_ADDR;
    void *at = NULL, *small = NULL;
    check(l4re_rm_attach(&at, 16 * MIB, flags, L4_INVALID_CAP, 0, L4_PAGESHIFT) == -L4_ENOMEM, "more than there is");
    check(l4re_rm_attach(&at, MIB, flags, L4_INVALID_CAP, 0, L4_PAGESHIFT) == 0, "what there is, at once");
    small = (char *)at + MIB;
    check(l4re_rm_attach(&small, MIB, fixed, L4_INVALID_CAP, 0, 0) == 0, "nothing stayed of the first");
    l4re_rm_detach(small);
    l4re_rm_detach(at);
}

static void check_private(l4re_ds_t ds, unsigned char const *file, size_t size)
{
    void *at = NULL;
    check(l4re_rm_attach(&at, size, SEARCH, ds, 0, L4_PAGESHIFT) == -L4_EPERM, "a file is not writable");
    int e = l4re_rm_attach(&at, size, SEARCH | L4RE_RM_F_PRIVATE, ds, 0, L4_PAGESHIFT);
    check(e == 0, "a copy of it is");
    if (e)
        return;
    unsigned char *copy = at;
    check(!memcmp(copy, file, size), "with the file's bytes");
    unsigned char before = file[5000];
    copy[5000] = (unsigned char)~before;
    check(file[5000] == before && copy[5000] != before, "which stay as they are");
    l4re_ds_t found = L4_INVALID_CAP;
    check(l4re_rm_detach_ds(copy, &found) == 0 && found == ds, "it goes, and names what it came from");
}

static long page_in(l4_cap_idx_t rm, l4_addr_t at, unsigned rights)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_PAGE_IN;
    u->msg.mr[1] = at;
    u->msg.mr[2] = at + L4_PAGESIZE - 1;
    u->msg.mr[3] = rights;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage_all().raw;
    u->buf.br[2] = 0;
    return l4_error(l4_ipc_call(rm, u, l4_msgtag(L4RE_PROTO_RM, 4, 0, 0), L4_IPC_NEVER));
}

// A region map of moe's, whose pages come into an area of this address space.
static void check_moe(l4re_ds_t ds, unsigned char const *file)
{
    l4_cap_idx_t rm = l4re_util_cap_alloc();
    l4_addr_t area = 0;
    check(l4_error(l4_factory_create(l4re_env()->mem_alloc, L4RE_PROTO_RM, rm)) == 0, "a region map of moe's");
    check(l4re_rm_reserve_area(&area, 4 * L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT) == 0, "an area");
    void *at = (void *)area;
    check(l4re_rm_attach_srv(rm, &at, L4_PAGESIZE, L4RE_RM_F_RW, ds, 0, 0) == -L4_EPERM, "moe: a file is not writable");
    check(l4re_rm_attach_srv(rm, &at, 2 * L4_PAGESIZE, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE, ds, 0, 0) == 0, "moe: a copy is");
    unsigned char *page = at;
    check(page_in(rm, area, L4RE_RM_F_R) == 0 && !memcmp(page, file, L4_PAGESIZE), "moe: with the file's bytes");
    check(page_in(rm, area, L4RE_RM_F_RW) == 0 && !memcmp(page, file, L4_PAGESIZE), "moe: and still when it is to be written");
    page[100] = (unsigned char)~file[100];
    check(page[100] != file[100] && page[101] == file[101], "moe: the file stays as it is");
    at = (void *)(area + 2 * L4_PAGESIZE);
    check(l4re_rm_attach_srv(rm, &at, L4_PAGESIZE, L4RE_RM_F_RW | L4RE_RM_F_ANONYMOUS, L4_INVALID_CAP, 0, 0) == 0,
          "moe: anonymous memory");
    check(page_in(rm, (l4_addr_t)at, L4RE_RM_F_RW) == 0 && is_zero(at, L4_PAGESIZE), "moe: it is zeroed");
    l4re_util_cap_free_um(rm);
    l4re_rm_free_area(area);
}

int main(void)
{
    void const *file;
    l4_size_t size;
    l4re_ds_t ds;
    check_anonymous();
    check_quota();
    if (l4re_file_map(FILE_PATH, &file, &size) < 0 || l4re_rom_open(FILE_PATH, &ds, NULL) < 0) {
        puts("regions: " FILE_PATH " is not there");
        return 1;
    }
    check_private(ds, file, size);
    check_moe(ds, file);
    printf("regions: %u checks, %u failures\n", checks, failures);
    return failures != 0;
}
