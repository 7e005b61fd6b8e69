// SPDX-License-Identifier: MIT
#include <l4/util/base64.h>
#include <stdlib.h>
#include <string.h>

static char const digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char const *infile, unsigned int in_size, char **outfile)
{
    unsigned char const *in = (unsigned char const *)infile;
    char *out = malloc(((size_t)in_size + 2) / 3 * 4 + 1);
    *outfile = out;
    if (!out)
        return;
    for (size_t i = 0; i < in_size; i += 3) {
        size_t n = in_size - i < 3 ? in_size - i : 3;
        unsigned group = (unsigned)in[i] << 16;
        if (n > 1)
            group |= (unsigned)in[i + 1] << 8;
        if (n > 2)
            group |= in[i + 2];
        for (size_t d = 0; d < 4; d++)
            *out++ = d <= n ? digits[group >> (18 - 6 * d) & 0x3f] : '=';
    }
    *out = 0;
}

void base64_decode(char const *infile, unsigned int in_size, char **outfile)
{
    char *out = malloc((size_t)in_size / 4 * 3 + 4);
    *outfile = out;
    if (!out)
        return;
    unsigned group = 0, bits = 0;
    for (unsigned i = 0; i < in_size; i++) {
        if (infile[i] == '\n' || infile[i] == '\r')
            continue;
        char const *d = infile[i] ? strchr(digits, infile[i]) : NULL;
        if (!d)
            break;
        group = group << 6 | (unsigned)(d - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (char)(group >> bits);
        }
    }
    *out = 0;
}
