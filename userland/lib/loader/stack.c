// SPDX-License-Identifier: MIT
#include "stack.h"
#include <stdbool.h>
#include <string.h>

// Types of the auxiliary vector: System V names, the last three are L4Re's.
enum {
    AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6,
    AT_UID = 11, AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_RANDOM = 25,
    AT_L4_AUX = 0xf0, AT_L4_ENV = 0xf1, AT_L4_KIP = 0xf2,
};

enum { CAP_NAME_SIZE = 16, PROGRAM_HEADER_SIZE = 56 };

struct cap_entry {
    uint64_t cap, flags;
    char name[CAP_NAME_SIZE];
};

struct l4re_aux {
    uint64_t binary, kip_ds, dbg, ldr_flags, load_base;
};

// Byte offsets of the parts from the stack pointer.
struct layout {
    size_t env, caps, aux, random, strings, end;
};

#define AUXV_PAIRS_BASE 9u
#define AUXV_PAIRS_PHDR 3u

static bool has_random(struct stack_desc const *d)
{
    return d->random[0] | d->random[1];
}

static size_t strings_size(char const *const *v, unsigned n)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < n; i++)
        bytes += strlen(v[i]) + 1;
    return bytes;
}

static struct layout layout_of(struct stack_desc const *d)
{
    unsigned pairs = AUXV_PAIRS_BASE + (d->phdr ? AUXV_PAIRS_PHDR : 0) + has_random(d);
    struct layout l;

    l.env = (1 + d->argc + 1 + d->envc + 1 + 2 * (size_t)pairs) * 8;
    l.caps = l.env + ENV_WORDS * 8;
    l.aux = l.caps + (d->num_caps + 1) * sizeof(struct cap_entry);
    l.random = l.aux + sizeof(struct l4re_aux);
    l.strings = l.random + (has_random(d) ? sizeof(d->random) : 0);
    l.end = l.strings + strlen(d->binary) + 1 + strings_size(d->argv, d->argc)
            + strings_size(d->envv, d->envc);
    l.end = (l.end + 15) & ~(size_t)15;
    return l;
}

size_t stack_size(struct stack_desc const *d)
{
    return layout_of(d).end;
}

struct writer {
    char *buf;
    uint64_t addr;
    size_t word_pos, string_pos;
};

static void put_word(struct writer *w, uint64_t v)
{
    memcpy(w->buf + w->word_pos, &v, sizeof(v));
    w->word_pos += sizeof(v);
}

static void put_pair(struct writer *w, uint64_t type, uint64_t value)
{
    put_word(w, type);
    put_word(w, value);
}

// Returns the user address of the copy.
static uint64_t put_string(struct writer *w, char const *s)
{
    size_t n = strlen(s) + 1;
    uint64_t at = w->addr + w->string_pos;

    memcpy(w->buf + w->string_pos, s, n);
    w->string_pos += n;
    return at;
}

static void put_caps(struct stack_desc const *d, char *to)
{
    struct cap_entry e;

    for (unsigned i = 0; i < d->num_caps; i++, to += sizeof(e)) {
        e = (struct cap_entry){ .cap = d->caps[i].cap, .flags = d->caps[i].flags };
        memcpy(e.name, d->caps[i].name, strnlen(d->caps[i].name, CAP_NAME_SIZE));
        memcpy(to, &e, sizeof(e));
    }
    e = (struct cap_entry){ .flags = ~UINT64_C(0) };
    memcpy(to, &e, sizeof(e));
}

static void put_auxv(struct writer *w, struct stack_desc const *d, struct layout const *l)
{
    if (d->phdr) {
        put_pair(w, AT_PHENT, PROGRAM_HEADER_SIZE);
        put_pair(w, AT_PHNUM, d->phnum);
        put_pair(w, AT_PHDR, d->phdr);
    }
    put_pair(w, AT_EGID, 0);
    put_pair(w, AT_GID, 0);
    put_pair(w, AT_EUID, 0);
    put_pair(w, AT_UID, 0);
    put_pair(w, AT_PAGESZ, 4096);
    if (has_random(d))
        put_pair(w, AT_RANDOM, w->addr + l->random);
    put_pair(w, AT_L4_AUX, w->addr + l->aux);
    put_pair(w, AT_L4_KIP, d->kip_addr);
    put_pair(w, AT_L4_ENV, w->addr + l->env);
    put_pair(w, 0, 0);
}

void stack_build(struct stack_desc const *d, void *buf, size_t size, uint64_t addr)
{
    struct layout l = layout_of(d);
    struct writer w = { buf, addr, 0, l.strings };
    uint64_t env[ENV_WORDS];

    memset(buf, 0, size);
    put_word(&w, d->argc);
    for (unsigned i = 0; i < d->argc; i++)
        put_word(&w, put_string(&w, d->argv[i]));
    put_word(&w, 0);
    for (unsigned i = 0; i < d->envc; i++)
        put_word(&w, put_string(&w, d->envv[i]));
    put_word(&w, 0);
    put_auxv(&w, d, &l);

    memcpy(env, d->env, sizeof(env));
    env[ENV_CAPS] = addr + l.caps;
    memcpy((char *)buf + l.env, env, sizeof(env));
    put_caps(d, (char *)buf + l.caps);
    struct l4re_aux aux = {
        put_string(&w, d->binary), d->kip_ds, d->dbg, d->ldr_flags, d->load_base,
    };
    memcpy((char *)buf + l.aux, &aux, sizeof(aux));
    if (has_random(d))
        memcpy((char *)buf + l.random, d->random, sizeof(d->random));
}
