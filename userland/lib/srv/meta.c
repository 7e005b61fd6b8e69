// SPDX-License-Identifier: MIT
#include <l4/srv/meta.h>
#include <string.h>

enum { NAME_MAX = 100, MANGLED_MAX = 2 * NAME_MAX }; // the numbers take the place of the colons

struct text {
    char at[MANGLED_MAX];
    unsigned len;
};

static void put_char(struct text *t, char c)
{
    t->at[t->len++] = c;
}

// Its length, at most NAME_MAX, and its letters.
static void put_part(struct text *t, char const *part, unsigned len)
{
    for (unsigned unit = 100; unit; unit /= 10)
        if (len >= unit)
            put_char(t, (char)('0' + len / unit % 10));
    for (unsigned i = 0; i < len; i++)
        put_char(t, part[i]);
}

// The rule of the C++ ABI for names of classes: each part with its length in front, and N and E around them if there are
// several.
static void mangle(struct text *t, char const *name)
{
    bool nested = strchr(name, ':');

    if (nested)
        put_char(t, 'N');
    while (*name) {
        unsigned len = (unsigned)strcspn(name, ":");
        if (len)
            put_part(t, name, len);
        name += len;
        name += strspn(name, ":");
    }
    if (nested)
        put_char(t, 'E');
    put_char(t, '\0');
}

void msg_put_interface(struct msg_out *out, long proto, char const *class_name)
{
    struct text mangled = {.len = 0};

    if (class_name && strlen(class_name) > NAME_MAX) {
        out->err = -L4_EMSGTOOLONG;
        return;
    }
    mangle(&mangled, class_name ? class_name : "");
    msg_put_u64(out, (l4_uint64_t)proto);
    msg_put_string(out, 8, mangled.at);
}
