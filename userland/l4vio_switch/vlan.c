// SPDX-License-Identifier: MIT
#include "vlan.h"

#include <stddef.h>
#include <string.h>

static bool has(struct vlan_port const *v, unsigned vlan)
{
    return v->set[vlan / 64] >> vlan % 64 & 1;
}

// The number of a VLAN, with *end behind it; 0: this is none.
static unsigned parse_id(char const *text, char const **end)
{
    unsigned id = 0;
    for (*end = text; **end >= '0' && **end <= '9'; ++*end) {
        id = id * 10 + (unsigned)(**end - '0');
        if (id > VLAN_ID_MAX)
            return 0;
    }
    return id;
}

static char const *parse_trunk(struct vlan_port *v, char const *text)
{
    for (char const *end;; text = end + 1) {
        unsigned id = parse_id(text, &end);
        if (!id || (*end && *end != ','))
            return "trunk= takes VLANs from 1 to 4094 with commas in between, or all";
        v->set[id / 64] |= 1ull << id % 64;
        if (!*end)
            return NULL;
    }
}

char const *vlan_parse(struct vlan_port *v, char const *text)
{
    if (v->kind != VLAN_NATIVE)
        return "vlan= is there already, and a port is either access or trunk";
    if (!strcmp(text, "trunk=all")) {
        v->kind = VLAN_TRUNK_ALL;
        return NULL;
    }
    if (!strncmp(text, "trunk=", 6)) {
        v->kind = VLAN_TRUNK;
        return parse_trunk(v, text + 6);
    }
    if (strncmp(text, "access=", 7) != 0)
        return "vlan= takes access=ID, trunk=ID,ID... or trunk=all";
    char const *end;
    v->kind = VLAN_ACCESS;
    v->id = parse_id(text + 7, &end);
    return v->id && !*end ? NULL : "access= takes one VLAN from 1 to 4094";
}

// A tag may also say 0, a frame with a priority only, or 4095, which is reserved.
static int tag_of(struct frame_head const *h)
{
    return h->tagged && h->vlan >= 1 && h->vlan <= VLAN_ID_MAX ? (int)h->vlan : VLAN_REFUSED;
}

int vlan_ingress(struct vlan_port const *v, struct frame_head const *h)
{
    int tag = tag_of(h);
    switch (v->kind) {
    case VLAN_NATIVE:
        return VLAN_ID_NATIVE;
    case VLAN_ACCESS:
        return h->tagged ? VLAN_REFUSED : (int)v->id;
    case VLAN_TRUNK:
        return tag > 0 && has(v, (unsigned)tag) ? tag : VLAN_REFUSED;
    case VLAN_TRUNK_ALL:
        return h->tagged ? tag : VLAN_ID_NATIVE;
    case VLAN_MONITOR:
        break;
    }
    return VLAN_REFUSED;
}

// Where frames have the tags of their VLANs. One of a native port with a tag would seem to be of a VLAN that it is not of.
static enum vlan_border with_tag(unsigned vlan, bool tagged)
{
    if (vlan == VLAN_ID_NATIVE)
        return tagged ? VLAN_KEPT_IN : VLAN_AS_IS;
    return tagged ? VLAN_AS_IS : VLAN_ADD_TAG;
}

enum vlan_border vlan_egress(struct vlan_port const *v, unsigned vlan, bool tagged)
{
    switch (v->kind) {
    case VLAN_NATIVE:
        return vlan == VLAN_ID_NATIVE ? VLAN_AS_IS : VLAN_KEPT_IN;
    case VLAN_ACCESS:
        if (vlan != v->id)
            return VLAN_KEPT_IN;
        return tagged ? VLAN_REMOVE_TAG : VLAN_AS_IS;
    case VLAN_TRUNK:
        return has(v, vlan) ? with_tag(vlan, tagged) : VLAN_KEPT_IN;
    case VLAN_TRUNK_ALL:
        return with_tag(vlan, tagged);
    case VLAN_MONITOR:
        return vlan == VLAN_ID_NATIVE ? VLAN_AS_IS : with_tag(vlan, tagged);
    }
    return VLAN_KEPT_IN;
}
