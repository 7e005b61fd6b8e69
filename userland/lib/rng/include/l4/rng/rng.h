// SPDX-License-Identifier: MIT
// The protocol of random bytes, and its client's side. Ashlar's own.
#pragma once

#include <stdint.h>

#include <l4/sys/types.h>

L4_BEGIN_DECLS

#define L4RNG_PROTO_RNG 0x524eL
// Operations, the first word of a message. GET has the number of bytes as its second one; it is answered by the bytes, with
// their number as label, or by -L4_EAGAIN and the microseconds after which it may be tried again. INFO is answered by the
// number of bits of entropy that there are.
enum l4rng_op { L4RNG_OP_GET = 0, L4RNG_OP_INFO = 1 };
enum { L4RNG_MAX = 256 }; // bytes of a message

// `size` random bytes, at most L4RNG_MAX: all of them or none. 0; -L4_EAGAIN: there may be some in *wait_us, that is when the
// machine has not had enough entropy yet, or when the client has had its share; -L4_ENODEV: there is no source of entropy;
// other negative error codes: the server is gone, does not answer within a second, or answers nonsense.
int l4rng_get(l4_cap_idx_t cap, void *to, unsigned size, uint64_t *wait_us);

// How many bits of entropy the machine has had; or a negative error code, as above (after ten seconds: it may still start).
long l4rng_info(l4_cap_idx_t cap);

L4_END_DECLS
