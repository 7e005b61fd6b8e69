// SPDX-License-Identifier: MIT
#include <l4/net/options.h>

#include <stdlib.h>
#include <string.h>

char const port_options_unknown[] = "unknown option; there are ds-max=, name= and mac=";

void port_options_init(struct port_options *o)
{
    *o = (struct port_options){ .ds_max = PORT_DS_MAX_DEFAULT };
}

char const *port_options_ds_max(struct port_options *o, long n)
{
    if (n < 1 || n > PORT_DS_MAX_LIMIT)
        return "ds-max is a number from 1 to 80";
    o->ds_max = (unsigned)n;
    return NULL;
}

static char const *set_ds_max(struct port_options *o, char const *v)
{
    char *end;
    long n = *v >= '0' && *v <= '9' ? strtol(v, &end, 10) : -1;
    return port_options_ds_max(o, n > 0 && !*end ? n : -1);
}

static char const *set_name(struct port_options *o, char const *v)
{
    size_t len = strlen(v);
    if (!len || len > PORT_NAME_MAX)
        return "a name has 1 to 19 characters";
    memcpy(o->name, v, len + 1);
    return NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char const *set_mac(struct port_options *o, char const *v)
{
    if (strlen(v) != 17)
        return "a MAC address has the form xx:xx:xx:xx:xx:xx";
    for (unsigned i = 0; i < 6; i++, v += 3) {
        int hi = hex_digit(v[0]), lo = hex_digit(v[1]);
        if (hi < 0 || lo < 0 || v[2] != (i < 5 ? ':' : 0))
            return "a MAC address has the form xx:xx:xx:xx:xx:xx";
        o->mac[i] = (uint8_t)(hi << 4 | lo);
    }
    if (o->mac[0] & 1)
        return "a port needs a MAC address that is not a multicast one";
    o->has_mac = true;
    return NULL;
}

char const *port_options_text(struct port_options *o, char const *text)
{
    static struct {
        char const *key;
        char const *(*set)(struct port_options *, char const *);
    } const keys[] = { { "ds-max=", set_ds_max }, { "name=", set_name }, { "mac=", set_mac } };
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t n = strlen(keys[i].key);
        if (!strncmp(text, keys[i].key, n))
            return keys[i].set(o, text + n);
    }
    return port_options_unknown;
}
