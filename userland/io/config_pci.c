// SPDX-License-Identifier: MIT
#include "config_pci.h"

#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "pci/root.h"

static uint64_t number(lua_State *l, char const *key)
{
    lua_getfield(l, 1, key);
    uint64_t const v = (uint64_t)lua_tointeger(l, -1);
    lua_pop(l, 1);
    return v;
}

static void report(void *ctx, bool error, char const *text)
{
    struct config_host const *host = ctx;
    host->log(error ? CONFIG_WARNING : CONFIG_INFO, text);
}

// NULL, or why the window cannot be used. None is an empty one.
static char const *read_window(lua_State *l, struct config_host const *host, char const *base, char const *size,
                               struct pci_window *w)
{
    uint64_t const start = number(l, base), bytes = number(l, size);
    *w = (struct pci_window){1, 0};
    if (!bytes)
        return NULL;
    if (start + (bytes - 1) < start)
        return "a window ends before it begins";
    *w = (struct pci_window){start, start + (bytes - 1)};
    return host->mmio_check(w->start, w->end);
}

// Into the table on top of the stack.
static void set(lua_State *l, char const *key, uint64_t v)
{
    lua_pushinteger(l, (lua_Integer)v);
    lua_setfield(l, -2, key);
}

static void push_bars(lua_State *l, struct pci_function const *f)
{
    lua_newtable(l);
    for (unsigned i = 0, n = 0; i < PCI_BARS; i++) {
        if (!f->bar[i].size)
            continue;
        lua_newtable(l);
        set(l, "index", i);
        set(l, "first", f->bar[i].address);
        set(l, "last", f->bar[i].address + (f->bar[i].size - 1));
        lua_rawseti(l, -2, ++n);
    }
    lua_setfield(l, -2, "bars");
}

// Does the IOMMU see who it is, and does all that it does come by there? Busses that several share have one number for all, and
// what is behind them talks among itself.
static bool is_told_apart(struct pci_function const *f)
{
    for (struct pci_function const *p = f->parent; p; p = p->parent)
        if (!p->downstream_port)
            return false;
    return true;
}

static void push_function(lua_State *l, struct pci_function *f)
{
    char name[PCI_NAME_SIZE];
    pci_name(name, f->bdf);
    lua_newtable(l);
    lua_pushstring(l, name);
    lua_setfield(l, -2, "name");
    lua_pushlightuserdata(l, f);
    lua_setfield(l, -2, "handle");
    set(l, "vendor", f->vendor);
    set(l, "device", f->device);
    set(l, "class", f->class_code);
    set(l, "revision", f->revision);
    set(l, "subsystem", f->subsystem_vendor | (uint64_t)f->subsystem << 16);
    if (f->irq)
        set(l, "irq", f->irq);
    if (is_told_apart(f))
        set(l, "requester", f->bdf);
    push_bars(l, f);
}

// NULL, or why nothing can be behind it.
static char const *scan(lua_State *l, struct config_host const *host, struct pci_root *r)
{
    static char const *const lines[] = {"int_a", "int_b", "int_c", "int_d"};
    char const *why = read_window(l, host, "mmio_base", "mmio_size", &r->window[PCI_LOW]);
    if (!why)
        why = read_window(l, host, "mmio_base_64", "mmio_size_64", &r->window[PCI_HIGH]);
    uint64_t const base = number(l, "cfg_base"), size = number(l, "cfg_size");
    if (!why && size)
        why = host->mmio_check(base, base + (size - 1));
    if (why)
        return why;
    for (unsigned i = 0; i < PCI_INTX_LINES; i++)
        r->irq[i] = (unsigned)number(l, lines[i]);
    r->report = report;
    r->ctx = (void *)host;
    r->space = host->pci_open(base, size, &why);
    if (!r->space)
        return why;
    return pci_scan(r) ? "out of memory" : NULL;
}

void config_pci_free(struct pci_root *bridges)
{
    while (bridges) {
        struct pci_root *r = bridges;
        bridges = r->next;
        free(r->function);
        free(r);
    }
}

int config_pci_scan(lua_State *l, struct config_host const *host, struct pci_root **bridges)
{
    luaL_checktype(l, 1, LUA_TTABLE);
    struct pci_root *r = calloc(1, sizeof(*r));
    char const *why = r ? scan(l, host, r) : "out of memory";
    if (why) {
        config_pci_free(r);
        lua_pushnil(l);
        lua_pushstring(l, why);
        return 2;
    }
    r->next = *bridges;
    *bridges = r;
    lua_newtable(l);
    for (unsigned i = 0, n = 0; i < r->n; i++)
        if (!r->function[i].bridge && !r->function[i].refused) {
            push_function(l, &r->function[i]);
            lua_rawseti(l, -2, ++n);
        }
    return 1;
}
