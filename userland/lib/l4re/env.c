// SPDX-License-Identifier: MIT
#include <l4/re/env.h>
#include <string.h>

l4re_env_t const *l4re_global_env;
l4_kernel_info_t const *l4re_global_kip;

l4_kernel_info_t const *l4re_kip(void)
{
    return l4re_global_kip;
}

l4re_env_cap_entry_t const *l4re_env_get_cap_l(char const *name, unsigned len, l4re_env_t const *e)
{
    if (!e || !e->caps || len == 0 || len > L4RE_ENV_NAME_LEN)
        return NULL;
    for (l4re_env_cap_entry_t const *c = e->caps; c->flags != L4RE_ENV_CAPS_END; c++) {
        if (strnlen(c->name, L4RE_ENV_NAME_LEN) == len && !memcmp(c->name, name, len))
            return c;
    }
    return NULL;
}

l4_cap_idx_t l4re_env_get_cap_e(char const *name, l4re_env_t const *e)
{
    l4re_env_cap_entry_t const *c = l4re_env_get_cap_l(name, (unsigned)strlen(name), e);
    return c ? c->cap : L4_INVALID_CAP;
}

l4_cap_idx_t l4re_env_get_cap(char const *name)
{
    return l4re_env_get_cap_e(name, l4re_env());
}
