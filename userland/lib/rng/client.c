// SPDX-License-Identifier: MIT
#include <l4/rng/rng.h>

#include <string.h>

#include <l4/sys/err.h>
#include <l4/sys/ipc.h>
#include <l4/sys/utcb.h>

enum { GET_PATIENCE_US = 1000000, INFO_PATIENCE_US = 10000000, WAIT_MAX_US = 1000000, WAIT_MIN_US = 1000 };

static long call(l4_cap_idx_t cap, l4_umword_t op, l4_umword_t size, unsigned patience_us, l4_msgtag_t *reply)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = op;
    u->msg.mr[1] = size;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_timeout_t const to = l4_timeout(l4_timeout_from_us(patience_us), l4_timeout_from_us(patience_us));
    *reply = l4_ipc_call(cap, u, l4_msgtag(L4RNG_PROTO_RNG, 2, 0, 0), to);
    return l4_error_u(*reply, u);
}

// When to try again, whatever a server may say.
static uint64_t wait_time(l4_msgtag_t reply)
{
    uint64_t us = l4_msgtag_words(reply) ? l4_utcb()->msg.mr[0] : 0;
    return us < WAIT_MIN_US ? WAIT_MIN_US : us > WAIT_MAX_US ? WAIT_MAX_US : us;
}

int l4rng_get(l4_cap_idx_t cap, void *to, unsigned size, uint64_t *wait_us)
{
    l4_msgtag_t reply;
    if (!size || size > L4RNG_MAX)
        return -L4_EINVAL;
    long r = call(cap, L4RNG_OP_GET, size, GET_PATIENCE_US, &reply);
    if (r == -L4_EAGAIN)
        *wait_us = wait_time(reply);
    if (r < 0)
        return (int)r;
    if (r != (long)size || l4_msgtag_words(reply) * sizeof(l4_umword_t) < size)
        return -L4_EIO;
    memcpy(to, l4_utcb()->msg.mr, size);
    memset(l4_utcb()->msg.mr, 0, size); // nobody else finds them there
    return 0;
}

long l4rng_info(l4_cap_idx_t cap)
{
    l4_msgtag_t reply;
    return call(cap, L4RNG_OP_INFO, 0, INFO_PATIENCE_US, &reply);
}
