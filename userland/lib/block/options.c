// SPDX-License-Identifier: MIT
#include "options.h"

#include <stdlib.h>
#include <string.h>

void client_options_init(struct client_options *o)
{
    *o = (struct client_options){ .ds_max = CLIENT_DS_MAX_DEFAULT };
}

char const *client_options_device(struct client_options *o, char const *name)
{
    size_t len = strlen(name);
    if (!len || len > CLIENT_DEVICE_MAX)
        return "the name of a disk or partition has 1 to 127 characters";
    memcpy(o->device, name, len + 1);
    return NULL;
}

char const *client_options_ds_max(struct client_options *o, char const *number)
{
    char *end;
    long n = *number >= '0' && *number <= '9' ? strtol(number, &end, 10) : 0;
    if (n < 1 || n > CLIENT_DS_MAX_LIMIT || *end)
        return "ds-max is a number from 1 to 80";
    o->ds_max = (unsigned)n;
    return NULL;
}

char const *client_options_text(struct client_options *o, char const *text)
{
    static struct {
        char const *key;
        char const *(*set)(struct client_options *, char const *);
    } const keys[] = { { "device=", client_options_device }, { "ds-max=", client_options_ds_max } };
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t n = strlen(keys[i].key);
        if (!strncmp(text, keys[i].key, n))
            return keys[i].set(o, text + n);
    }
    if (strcmp(text, "read-only") && strcmp(text, "readonly"))
        return "unknown option; there are device=, ds-max= and read-only";
    o->read_only = true;
    return NULL;
}
