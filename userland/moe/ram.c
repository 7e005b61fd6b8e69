// SPDX-License-Identifier: MIT
#include "ram.h"

#include <l4/sys/ipc.h>
#include <l4/sys/sigma0.h>
#include <stdbool.h>

#include "options.h"
#include "say.h"

enum {
    RANGES_PER_CLAIM = L4_UTCB_GENERIC_DATA_SIZE / 2,
    PIECES_MAX = 64,
    ORDER_MAX = 46, // no machine has more
    ORDER_MIN = 16, // smaller pieces are not worth the bookkeeping
};

struct piece {
    uint64_t start, end;
};

struct pieces {
    unsigned count;
    struct piece at[PIECES_MAX]; // none touches another
};

// The number of ranges in the message registers, or a negative error code.
static long claim(l4_utcb_t *u)
{
    u->msg.mr[0] = SIGMA0_REQ(SIGMA0_REQ_ID_CLAIM_RAM);
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error(l4_ipc_call(L4_BASE_PAGER_CAP, u, l4_msgtag(L4_PROTO_SIGMA0, 1, 0, 0), L4_IPC_NEVER));
}

static bool claim_all(void (*add)(uint64_t start, uint64_t size))
{
    l4_utcb_t *u = l4_utcb();
    uint64_t ranges[2 * RANGES_PER_CLAIM];
    bool any = false;
    long n;

    while ((n = claim(u)) > 0 && n <= RANGES_PER_CLAIM) {
        for (unsigned i = 0; i < 2 * (unsigned)n; i++)
            ranges[i] = u->msg.mr[i];
        for (unsigned i = 0; i < (unsigned)n; i++) // may fault, which needs the registers
            add(ranges[2 * i], ranges[2 * i + 1]);
        any = true;
    }
    return any;
}

// Any free RAM of that size. False: there is none.
static bool request(unsigned order, uint64_t *start)
{
    l4_utcb_t *u = l4_utcb();

    u->msg.mr[0] = SIGMA0_REQ(SIGMA0_REQ_ID_FPAGE_ANY);
    u->msg.mr[1] = l4_fpage(0, (unsigned char)order, L4_FPAGE_RWX).raw;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    l4_msgtag_t tag = l4_ipc_call(L4_BASE_PAGER_CAP, u, l4_msgtag(L4_PROTO_SIGMA0, 2, 0, 0), L4_IPC_NEVER);
    if (l4_error(tag) < 0 || l4_msgtag_items(tag) != 1)
        return false;
    l4_umword_t item = u->msg.mr[l4_msgtag_words(tag)]; // says where it was mapped, which is where it is
    *start = item & ~((UINT64_C(1) << order) - 1);
    return (item & L4_RCV_ITEM_RESULT_MASK) == L4_RCV_MEM_MAPPED
           && l4_fpage_size((l4_fpage_t){.raw = item}) == order;
}

// Joins what touches.
static bool put(struct pieces *p, struct piece new)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct piece *o = &p->at[i];
        if (o->end != new.start && o->start != new.end)
            continue;
        new.start = o->start < new.start ? o->start : new.start;
        new.end = o->end > new.end ? o->end : new.end;
        *o = p->at[--p->count];
        i = (unsigned)-1; // the larger one may touch a further one
    }
    if (p->count == PIECES_MAX)
        return false;
    p->at[p->count++] = new;
    return true;
}

static void request_pieces(void (*add)(uint64_t start, uint64_t size))
{
    static struct pieces pieces;
    uint64_t start;

    pieces.count = 0;
    for (unsigned order = ORDER_MAX; order >= ORDER_MIN; order--)
        while (request(order, &start))
            if (!put(&pieces, (struct piece){start, start + (UINT64_C(1) << order)}))
                say(DBG_WARN, "too many pieces of RAM, 0x%llx is not used", (unsigned long long)start);
    for (unsigned i = 0; i < pieces.count; i++)
        add(pieces.at[i].start, pieces.at[i].end - pieces.at[i].start);
}

void ram_take(void (*add)(uint64_t start, uint64_t size))
{
    if (!claim_all(add))
        request_pieces(add);
}
