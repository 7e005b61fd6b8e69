// SPDX-License-Identifier: MIT
#include "boot_args.h"

#include "report.h"

#include <string.h>

static bool word_is(char const *word, unsigned len, char const *name)
{
    return len == strlen(name) && !memcmp(word, name, len);
}

// "-name=NUMBER" with a number of at most 9 digits above 0.
static bool number_of(char const *word, unsigned len, char const *name, uint64_t *value)
{
    unsigned n = (unsigned)strlen(name);
    if (len <= n || len > n + 9 || memcmp(word, name, n))
        return false;
    uint64_t v = 0;
    for (unsigned i = n; i < len; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(word[i] - '0');
    }
    *value = v;
    return v;
}

static void parse_word(struct boot_args *a, char const *word, unsigned len)
{
    // of the kernel interface, without a meaning in this system
    static char const *const without_effect[] = {"-wait", "-nojdb", "-serial_esc", "-noscreen",
                                                 "-esc",
                                                 "-nohlt", "-oneshot-timer", 0};
    uint64_t number;
    if (word_is(word, len, "-noserial")) {
        a->no_serial = true;
    } else if (word_is(word, len, "-nohardening")) {
        a->no_hardening = true;
    } else if (word_is(word, len, "-norandom")) {
        a->no_random = true;
    } else if (number_of(word, len, "-maxmem=", &number)) {
        a->max_mem = number << 20;
    } else if (number_of(word, len, "-kmemsize=", &number)) {
        a->kmem_size = number << 10;
    } else {
        for (char const *const *w = without_effect; *w; w++)
            if (word_is(word, len, *w))
                return;
        char text[64] = "";
        memcpy(text, word, len < sizeof text ? len : sizeof text - 1);
        report_note("boot argument \"%s\" is not understood", text);
    }
}

void boot_args_parse(struct boot_args *a, char const *words)
{
    while (words && *words) {
        unsigned len = (unsigned)strcspn(words, " \t\n");
        if (*words == '-' && len > 1)
            parse_word(a, words, len);
        words += len;
        words += strspn(words, " \t\n");
    }
}
