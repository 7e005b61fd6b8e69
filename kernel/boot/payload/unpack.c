// SPDX-License-Identifier: MIT
#include "payload/unpack.h"

#include <zlib.h>

#define GZIP_WINDOW (15 + 16) // zlib: largest window, gzip wrapper

char const *unpack_gzip(void const *in, uint64_t in_size, void *out, uint64_t out_size)
{
    if (in_size > UINT32_MAX || out_size > UINT32_MAX)
        return "is too large to be unpacked";
    z_stream z = {
        .next_in = (unsigned char *)(uintptr_t)in,
        .avail_in = (unsigned)in_size,
        .next_out = out,
        .avail_out = (unsigned)out_size,
    };
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return "cannot be unpacked: no memory for it";
    int result = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (result != Z_STREAM_END)
        return z.avail_out ? "is damaged: it cannot be unpacked" : "is larger than its record says";
    return z.avail_out ? "is smaller than its record says" : 0;
}
