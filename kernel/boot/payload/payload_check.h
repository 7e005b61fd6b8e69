// SPDX-License-Identifier: MIT
// Access to the modules in the image; the format is in payload.h. Pure logic.
#pragma once

#include <stdbool.h>

#include "payload/payload.h"

// CRC-32 as of zlib; `crc` is 0 at the start.
typedef uint32_t payload_crc32(uint32_t crc, void const *data, uint64_t size);

// Checks header, records, strings: everything that is not the files' own bytes. `space` is what the
// image holds from the payload on. NULL if all is right, else what is wrong; *which is then the
// number of the record concerned, or -1.
char const *payload_check(void const *payload, uint64_t space, payload_crc32 *crc32, int *which);

// Valid after payload_check().
struct payload_record const *payload_records(void const *payload);
char const *payload_string(void const *payload, uint32_t offset);
