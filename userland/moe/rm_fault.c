// SPDX-License-Identifier: MIT
// Page faults and exceptions of threads whose pager is one of moe's region maps (kernel-abi
// 4.16, 4.17).
#include <l4/re/c/rm.h>
#include <l4/region/backtrace.h>
#include <l4/region/protocol.h>
#include <l4/sys/utcb.h>

#include "dataspace.h"
#include "phys_mem.h"
#include "rm.h"
#include "say.h"

#include <string.h>

enum {
    FAULT_ORDER_MAX = 21,
    AROUND_PAGES = 16, // pages of a file that one fault brings in when they cannot be one flexpage
    PROGRAM_PC_NONE = -3, // the in-task runtime asks on its own
};

struct mapping {
    struct ds_extent extent;
    uint64_t offset; // in the dataspace, of `page`
    uint64_t page;   // address of the faulter
    uint64_t min, max;
    unsigned rights, cache;
};

// What lies at addr. want: rights that the access needs. Returns 0 or a negative error.
static int resolve(struct rm *rm, uint64_t addr, unsigned want, struct mapping *m)
{
    struct region const *r = region_map_find(&rm->map, addr);

    if (!r || !r->memory)
        return -L4_ENOENT;
    unsigned rights = r->flags & (DS_R | DS_W | DS_X);
    if (want & ~rights)
        return -L4_EACCESS;
    // memory that may be written is asked for as such at once, one fault instead of two; but a copy is made when it must be
    bool copied = (r->flags & (L4RE_RM_F_PRIVATE | L4RE_RM_F_ANONYMOUS)) == L4RE_RM_F_PRIVATE;
    unsigned ask = rights & dataspace_rights(r->memory) & DS_W && !copied ? want | DS_W : want;
    *m = (struct mapping){
        .page = addr & L4_PAGEMASK, .min = r->start, .max = r->end,
        .offset = r->offset + ((addr & L4_PAGEMASK) - r->start),
        .cache = r->flags & L4RE_RM_F_CACHE_UNCACHED   ? L4_FPAGE_UNCACHEABLE
                 : r->flags & L4RE_RM_F_CACHE_BUFFERED ? L4_FPAGE_BUFFERABLE
                                                       : 0,
    };
    int err = dataspace_extent(r->memory, m->offset, ask & ~(unsigned)DS_X, FAULT_ORDER_MAX,
                               &m->extent);
    m->rights = rights & m->extent.rights;
    return err;
}

static void put_page(l4_utcb_t *u, unsigned at, struct mapping const *m, uint64_t spot,
                     uint64_t phys, unsigned order)
{
    u->msg.mr[at] = l4_map_control(spot, (unsigned char)m->cache, 0);
    u->msg.mr[at + 1] = l4_fpage(phys, order, m->rights).raw;
}

// Put the memory as items in front. Returns their number.
static unsigned put_mapping(l4_utcb_t *u, struct mapping const *m)
{
    struct ds_extent const *e = &m->extent;
    unsigned order = ds_extent_order(e, m->offset, m->page, m->min, m->max);
    uint64_t phys = e->phys + (m->offset - e->start);

    if (order > L4_PAGESHIFT) {
        phys &= ~((UINT64_C(1) << order) - 1);
        phys_touch(phys, order < CHUNK_SHIFT ? UINT64_C(1) << order : FRAME_SIZE);
        put_page(u, 0, m, m->page, phys, order);
        return 1;
    }
    // the following pages of the same extent, as far as the region goes
    uint64_t pages = (e->end - m->offset) >> L4_PAGESHIFT;
    if (pages > AROUND_PAGES)
        pages = AROUND_PAGES;
    if (pages > (m->max - m->page + 1) >> L4_PAGESHIFT)
        pages = (m->max - m->page + 1) >> L4_PAGESHIFT;
    phys_touch(phys, pages << L4_PAGESHIFT);
    for (unsigned i = 0; i < pages; i++) {
        uint64_t in_extent = (uint64_t)i << L4_PAGESHIFT;
        put_page(u, 2 * i, m, m->page + in_extent, phys + in_extent, L4_PAGESHIFT);
        if (i + 1 < pages)
            u->msg.mr[2 * i] |= L4_ITEM_CONT;
    }
    return (unsigned)pages;
}

static void report(struct rm *rm, uint64_t addr, uint64_t pc, unsigned want, int err)
{
    char const *what = want & DS_X ? "instruction fetch" : want & DS_W ? "write" : "read";

    (void)rm;
    if (err == -L4_ENOMEM)
        say(DBG_WARN, "out of memory for a %s at 0x%llx (pc 0x%llx)", what,
            (unsigned long long)addr, (unsigned long long)pc);
    else
        say(DBG_WARN, "unhandled page fault: %s at 0x%llx (pc 0x%llx), %s", what,
            (unsigned long long)addr, (unsigned long long)pc,
            err == -L4_EACCESS || err == -L4_EPERM ? "region lacks this right"
                                                   : "no memory attached there");
}

l4_msgtag_t rm_page_fault(struct rm *rm, struct request *r)
{
    uint64_t word = r->u->msg.mr[0], addr = word & ~UINT64_C(7), pc = r->u->msg.mr[1];
    unsigned want = word & L4_PF_INSN ? DS_X : word & L4_PF_WRITE ? DS_W | DS_R : DS_R;
    struct mapping m;

    if (l4_msgtag_words(r->tag) < 2)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    int err = resolve(rm, addr, want, &m);
    if (err < 0) {
        if (pc != (uint64_t)PROGRAM_PC_NONE && !rescue_find(&rm->rescue, pc))
            report(rm, addr, pc, want, err);
        return msg_reply_err(err);
    }
    return l4_msgtag(0, 0, put_mapping(r->u, &m), 0);
}

l4_msgtag_t rm_page_in(struct rm *rm, struct request *r)
{
    struct region_page_in p;
    struct mapping m;
    int err = region_get_page_in(&r->in, &p);

    if (err >= 0)
        err = resolve(rm, p.min, p.rights, &m);
    if (err < 0)
        return msg_reply_err(err);
    // The client goes on behind what it gets, so that begins where it is.
    if (p.max < m.max)
        m.max = p.max;
    m.min = m.page;
    unsigned order = ds_extent_order(&m.extent, m.offset, m.page, m.min, m.max);
    uint64_t phys = m.extent.phys + (m.offset - m.extent.start);
    phys_touch(phys, order < CHUNK_SHIFT ? UINT64_C(1) << order : FRAME_SIZE);
    return region_put_page_in(r->u, l4_fpage(phys, order, m.rights), l4_map_control(m.page, (unsigned char)m.cache, 0));
}

// ---- exceptions ----

static bool read_word(struct region const *stack, uint64_t at, uint64_t *word)
{
    uint64_t phys, size = sizeof(*word);

    if (dataspace_phys(stack->memory, stack->offset + (at - stack->start), &size, &phys) < 0 || size < sizeof(*word))
        return false;
    memcpy(word, phys_ptr(phys), sizeof(*word));
    return true;
}

static bool read_words(struct region const *stack, uint64_t at, uint64_t words[2])
{
    return read_word(stack, at, &words[0]) && read_word(stack, at + sizeof(words[0]), &words[1]);
}

// All code in a region map of moe's is that of the runtime, mapped from its file as a whole.
static char const *runtime_at(struct region_map const *map, uint64_t pc, uint64_t *start)
{
    struct region const *r = region_map_find(map, pc);

    if (!r || !r->memory || !(r->flags & L4RE_RM_F_X))
        return NULL;
    *start = r->start - r->offset;
    return "l4re";
}

static void say_frame(char const *line)
{
    say(DBG_WARN, "  %s", line);
}

// The in-task runtime handles the exceptions of its application; what arrives here is its own. Where it has not asked for a
// rescue jump, the thread gets no answer and so stops where it is.
l4_msgtag_t rm_exception(struct rm *rm, struct request *r)
{
    l4_exc_regs_t const *x = l4_utcb_exc_u(r->u);
    unsigned long long err = x->err, pfa = x->pfa;
    struct backtrace b = {.pc = x->pc, .lr = x->r[30], .sp = x->sp, .fp = x->r[29], .map = &rm->map, .read = read_words,
                          .program = runtime_at, .print = say_frame};
    l4_msgtag_t reply;

    if (l4_msgtag_words(r->tag) < L4_UTCB_EXCEPTION_REGS_SIZE)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    if (rescue_reply(&rm->rescue, r->u, &reply))
        return reply;
    say(DBG_WARN, "exception in an in-task runtime, its thread stops: pc 0x%llx lr 0x%llx "
        "sp 0x%llx esr 0x%llx fault address 0x%llx", (unsigned long long)b.pc, (unsigned long long)b.lr,
        (unsigned long long)b.sp, err, pfa);
    backtrace_print(&b);
    return NO_REPLY;
}
