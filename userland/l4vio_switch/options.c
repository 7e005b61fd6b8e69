// SPDX-License-Identifier: MIT
#include "options.h"

#include <string.h>

void switch_port_options_init(struct switch_port_options *o)
{
    *o = (struct switch_port_options){ .vlan.kind = VLAN_NATIVE };
    port_options_init(&o->port);
}

static char const *set_type(struct switch_port_options *o, char const *type)
{
    o->monitor = !strcmp(type, "monitor");
    return o->monitor || !strcmp(type, "none") ? NULL : "type= takes monitor or none";
}

char const *switch_port_options_text(struct switch_port_options *o, char const *text)
{
    if (!strncmp(text, "type=", 5))
        return set_type(o, text + 5);
    if (!strncmp(text, "vlan=", 5))
        return vlan_parse(&o->vlan, text + 5);
    char const *wrong = port_options_text(&o->port, text);
    return wrong == port_options_unknown ? "unknown option; there are ds-max=, name=, mac=, type= and vlan=" : wrong;
}
