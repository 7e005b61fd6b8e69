// SPDX-License-Identifier: MIT
#include "boot/dt.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

uint64_t dt_cells(uint32_t const *p, int cells)
{
    uint64_t v = 0;
    for (int i = 0; i < cells; i++)
        v = v << 32 | fdt32_to_cpu(p[i]);
    return v;
}

static int cells_of(void const *fdt, int bus, char const *prop, int otherwise)
{
    int len;
    uint32_t const *p = bus >= 0 ? fdt_getprop(fdt, bus, prop, &len) : NULL;
    if (!p)
        return otherwise;
    return len == 4 ? (int)fdt32_to_cpu(*p) : -1;
}

int dt_address_cells(void const *fdt, int bus)
{
    return cells_of(fdt, bus, "#address-cells", 2);
}

int dt_size_cells(void const *fdt, int bus)
{
    return cells_of(fdt, bus, "#size-cells", 1);
}

static bool cells_ok(int address, int size)
{
    return address >= 1 && address <= 2 && size >= 1 && size <= 2;
}

// One step up: an address on `bus` becomes one on its parent. An empty ranges is the identity.
static int translate_step(void const *fdt, int bus, int parent, struct dt_range *r)
{
    int len;
    uint32_t const *p = fdt_getprop(fdt, bus, "ranges", &len);
    if (!p)
        return DT_NO_RANGE;
    if (len == 0)
        return 0;
    int ca = dt_address_cells(fdt, bus);
    int cs = dt_size_cells(fdt, bus);
    int pa = dt_address_cells(fdt, parent);
    if (!cells_ok(ca, cs) || pa < 1 || pa > 2 || len % (4 * (ca + pa + cs)))
        return DT_MALFORMED;
    for (; len > 0; len -= 4 * (ca + pa + cs), p += ca + pa + cs) {
        uint64_t child = dt_cells(p, ca);
        uint64_t up = dt_cells(p + ca, pa);
        uint64_t size = dt_cells(p + ca + pa, cs);
        if (r->start >= child && r->start - child <= size && r->size <= size - (r->start - child)) {
            r->start = r->start - child + up;
            return 0;
        }
    }
    return DT_NO_RANGE;
}

int dt_reg(void const *fdt, int node, unsigned index, struct dt_range *r)
{
    int bus = fdt_parent_offset(fdt, node);
    int len;
    uint32_t const *p = fdt_getprop(fdt, node, "reg", &len);
    if (bus < 0 || !p)
        return DT_NONE;
    int ca = dt_address_cells(fdt, bus);
    int cs = dt_size_cells(fdt, bus);
    if (!cells_ok(ca, cs))
        return DT_NO_RANGE; // an identifier (cpus, i2c), not an address
    unsigned entry = 4u * (unsigned)(ca + cs);
    if ((unsigned)len % entry)
        return DT_MALFORMED;
    if (index >= (unsigned)len / entry)
        return DT_NONE;
    p += index * (unsigned)(ca + cs);
    r->start = dt_cells(p, ca);
    r->size = dt_cells(p + ca, cs);
    if (r->start + r->size < r->start)
        return DT_MALFORMED;
    for (;;) {
        int parent = fdt_parent_offset(fdt, bus);
        if (parent < 0) // of a range that a bus shows at the very end, the last byte may be beyond it
            return r->start + r->size < r->start ? DT_MALFORMED : 0;
        int err = translate_step(fdt, bus, parent, r);
        if (err)
            return err;
        bus = parent;
    }
}

static int interrupt_parent(void const *fdt, int node)
{
    for (int n = node; n >= 0; n = fdt_parent_offset(fdt, n)) {
        uint32_t phandle = dt_u32(fdt, n, "interrupt-parent", 0);
        if (phandle)
            return fdt_node_offset_by_phandle(fdt, phandle);
    }
    return -1;
}

static bool is_gic(void const *fdt, int node)
{
    static char const *const gics[] = {"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic",
                                       "arm,cortex-a9-gic", "arm,cortex-a7-gic"};
    for (unsigned i = 0; i < sizeof(gics) / sizeof(gics[0]); i++)
        if (dt_is_compatible(fdt, node, gics[i]))
            return true;
    return false;
}

static int decode_gic(uint32_t const *p, int cells, struct dt_irq *irq)
{
    if (cells < 3)
        return DT_MALFORMED;
    uint32_t type = fdt32_to_cpu(p[0]);
    uint32_t number = fdt32_to_cpu(p[1]);
    if (type > 1 || number >= (type ? 16 : 988))
        return DT_MALFORMED;
    irq->intid = number + (type ? 16 : 32);
    irq->flags = fdt32_to_cpu(p[2]) & 0xf;
    return 0;
}

static int interrupt_extended(void const *fdt, uint32_t const *p, int len, unsigned index,
                              struct dt_irq *irq)
{
    while (len >= 4) {
        int ic = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(p[0]));
        int cells = ic >= 0 ? cells_of(fdt, ic, "#interrupt-cells", -1) : -1;
        if (cells < 1 || cells > 8 || 4 + 4 * cells > len)
            return DT_MALFORMED;
        if (index-- == 0)
            return is_gic(fdt, ic) ? decode_gic(p + 1, cells, irq) : DT_NO_GIC;
        p += 1 + cells;
        len -= 4 + 4 * cells;
    }
    return DT_NONE;
}

int dt_interrupt(void const *fdt, int node, unsigned index, struct dt_irq *irq)
{
    int len;
    uint32_t const *p = fdt_getprop(fdt, node, "interrupts-extended", &len);
    if (p)
        return interrupt_extended(fdt, p, len, index, irq);
    p = fdt_getprop(fdt, node, "interrupts", &len);
    if (!p)
        return DT_NONE;
    int ic = interrupt_parent(fdt, node);
    if (ic < 0 || !is_gic(fdt, ic))
        return DT_NO_GIC;
    int cells = cells_of(fdt, ic, "#interrupt-cells", -1);
    if (cells < 3 || cells > 8 || len % (4 * cells))
        return DT_MALFORMED;
    if (index >= (unsigned)(len / (4 * cells)))
        return DT_NONE;
    return decode_gic(p + index * (unsigned)cells, cells, irq);
}

bool dt_enabled(void const *fdt, int node)
{
    char const *s = dt_string(fdt, node, "status");
    return !s || !strcmp(s, "okay") || !strcmp(s, "ok");
}

void dt_disable(void *fdt, int node)
{
    fdt_setprop_string(fdt, node, "status", "disabled");
}

bool dt_is_compatible(void const *fdt, int node, char const *text)
{
    return fdt_node_check_compatible(fdt, node, text) == 0;
}

int dt_find_compatible(void const *fdt, char const *text)
{
    int node = fdt_node_offset_by_compatible(fdt, -1, text);
    while (node >= 0 && !dt_enabled(fdt, node))
        node = fdt_node_offset_by_compatible(fdt, node, text);
    return node;
}

// From the most specific to the most general (Devicetree Specification 2.3.1).
int dt_set_compatible(void *fdt, int node, char const *first, char const *drop)
{
    int len = 0, one;
    bool given = fdt_getprop(fdt, node, "compatible", &len);
    size_t used = strlen(first) + 1;
    char *list = malloc(used + (given ? (size_t)len : 0));
    if (!list)
        return -FDT_ERR_NOSPACE;
    memcpy(list, first, used);
    for (int i = 0;; i++) {
        char const *text = fdt_stringlist_get(fdt, node, "compatible", i, &one);
        if (!text)
            break;
        if (strcmp(text, drop) && !fdt_stringlist_contains(list, (int)used, text)) {
            memcpy(list + used, text, (size_t)one + 1);
            used += (size_t)one + 1;
        }
    }
    int err = fdt_setprop(fdt, node, "compatible", list, (int)used);
    free(list);
    return err;
}

bool dt_is_type(void const *fdt, int node, char const *device_type)
{
    char const *s = dt_string(fdt, node, "device_type");
    return s && !strcmp(s, device_type);
}

char const *dt_string(void const *fdt, int node, char const *prop)
{
    int len;
    char const *s = fdt_getprop(fdt, node, prop, &len);
    return s && len > 0 && !s[len - 1] ? s : NULL;
}

uint32_t dt_u32(void const *fdt, int node, char const *prop, uint32_t otherwise)
{
    int len;
    uint32_t const *p = fdt_getprop(fdt, node, prop, &len);
    return p && len == 4 ? fdt32_to_cpu(*p) : otherwise;
}

char const *dt_path(void const *fdt, int node, char *buf, size_t size)
{
    if (fdt_get_path(fdt, node, buf, (int)size) < 0) {
        char const *name = fdt_get_name(fdt, node, NULL);
        strncpy(buf, name ? name : "?", size - 1);
        buf[size - 1] = 0;
    }
    return buf;
}

char const *dt_strerror(int err)
{
    switch (err) {
    case DT_NONE: return "not there";
    case DT_MALFORMED: return "malformed";
    case DT_NO_RANGE: return "not translatable by its bus";
    case DT_NO_GIC: return "not routed to the interrupt controller";
    default: return "unknown error";
    }
}

static int set_typed(void *fdt, int node, char const *prop, char const *value, char const **why)
{
    char *end;
    int err;
    if (!value) {
        err = fdt_setprop(fdt, node, prop, NULL, 0);
    } else if (!strncmp(value, "u32:", 4) || !strncmp(value, "u64:", 4)) {
        unsigned long long n = strtoull(value + 4, &end, 0);
        bool wide = value[1] == '6';
        if (!value[4] || *end || (!wide && n > 0xffffffffu)) {
            *why = "value is no number of that size";
            return -1;
        }
        err = wide ? fdt_setprop_u64(fdt, node, prop, n)
                   : fdt_setprop_u32(fdt, node, prop, (uint32_t)n);
    } else if (!strncmp(value, "bool:", 5)) {
        bool on = !strcmp(value + 5, "1") || !strcmp(value + 5, "true");
        err = on ? fdt_setprop(fdt, node, prop, NULL, 0) : fdt_delprop(fdt, node, prop);
        if (!on && err == -FDT_ERR_NOTFOUND)
            err = 0;
    } else {
        char const *text = strncmp(value, "str:", 4) ? value : value + 4;
        err = fdt_setprop(fdt, node, prop, text, (int)strlen(text) + 1);
    }
    if (err)
        *why = fdt_strerror(err);
    return err;
}

int dt_modify(void *fdt, char const *spec, char const **why)
{
    char name[256];
    char const *eq = strchr(spec, '=');
    size_t len = eq ? (size_t)(eq - spec) : strlen(spec);
    if (spec[0] != '/' || len >= sizeof(name)) {
        *why = "expected /path/property[=[type:]value]";
        return -1;
    }
    memcpy(name, spec, len);
    name[len] = 0;
    char *slash = strrchr(name, '/');
    if (!slash[1]) {
        *why = "property name is missing";
        return -1;
    }
    *slash = 0;
    int node = fdt_path_offset(fdt, name[0] ? name : "/");
    if (node < 0) {
        *why = "no such node";
        return -1;
    }
    return set_typed(fdt, node, slash + 1, eq ? eq + 1 : NULL, why);
}
