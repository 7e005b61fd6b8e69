// SPDX-License-Identifier: MIT
#include "tree_input.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 8192, RAW = 0xff };

// What readers of the project look for; the order is that of the kept inputs.
static char const *const words[] = {
    "", "/", "#address-cells", "#size-cells", "#interrupt-cells", "#redistributor-regions", "__fixups__", "__local_fixups__",
    "__overlay__", "__symbols__", "aliases", "bootargs", "brcm,bcm2835-aux-uart", "chosen", "clock", "clock-frequency",
    "clocks", "cluster0", "cluster1", "compatible", "console", "core0",
    "core1", "cpu", "cpu-map", "cpu-release-addr", "cpu0", "cpu1",
    "cpus", "current-speed", "device_type", "disabled", "dma-ranges", "enable-method", "fail", "fixed-clock", "fragment0",
    "fragment1", "gic", "hvc", "interrupt-affinity", "interrupt-controller", "interrupt-map", "interrupt-parent", "interrupts",
    "interrupts-extended", "linux,phandle", "linux,usable-memory", "memory", "method", "model", "next-level-cache", "no-map",
    "ns16550a", "okay", "phandle", "psci", "ranges", "redistributor-stride", "reg", "reg-io-width", "reg-shift",
    "reserved-memory", "reusable", "serial0", "simple-bus", "size", "smc", "soc", "spin-table", "status", "stdout-path",
    "target", "target-path", "thread0", "timer", "uart", "xlnx,xuartps", "arm,armv8-timer", "arm,cortex-a15-gic", "arm,gic-400",
    "arm,gic-v3", "arm,pl011", "arm,psci", "arm,psci-0.2", "arm,psci-1.0", "fsl,imx8mp-uart", "/uart", "/soc/uart",
    "serial0:115200n8", "/cpus/cpu0", "/cpus/cpu1", "/fragment0:target:0", "/fragment0/__overlay__/uart:clocks:0", "/clock",
    "snps,dw-apb-uart", "/gic", "/cpus", "socket0", "l2-cache", "brcm,bcm2836-l1-intc", "interrupt-map-mask", "linux,cma",
    "fixed-factor-clock", "clock-mult", "clock-div", "brcm,bcm2835-cprman", "arm,primecell", "uartclk", "clock-names",
    "fsl,imx6q-uart", "ns16550", "arm,gic-v3-its", "msi-controller", "-maxmem=12", "bus", "label", "dev", "/dev", "fixup",
    "linux,stdout-path", "interrupt-names", "virt", "hyp-virt", "phys", "interrupt-affinity", "/nowhere", "opp",
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

char const *tree_word(struct input *in)
{
    return words[in_below(in, WORDS)];
}

static void add_cells(void *fdt, struct input *in, char const *name, unsigned n)
{
    fdt32_t cells[16];
    for (unsigned i = 0; i < n; i++)
        cells[i] = cpu_to_fdt32((uint32_t)in_number(in));
    fdt_property(fdt, name, cells, (int)(4 * n));
}

static void add_bytes(void *fdt, struct input *in, char const *name)
{
    uint8_t bytes[64];
    unsigned const n = in_below(in, sizeof(bytes) + 1);
    in_bytes(in, bytes, n);
    fdt_property(fdt, name, bytes, (int)n);
}

static void add_strings(void *fdt, struct input *in, char const *name, unsigned count)
{
    char list[160];
    size_t n = 0;
    while (count--) {
        char const *word = tree_word(in);
        size_t const size = strlen(word) + 1;
        memcpy(list + n, word, size);
        n += size;
    }
    fdt_property(fdt, name, list, (int)n);
}

static void begin_node(void *fdt, struct input *in, bool has_unit)
{
    char name[80];
    char const *word = tree_word(in);
    if (has_unit)
        snprintf(name, sizeof(name), "%s@%llx", word, (unsigned long long)in_number(in));
    else
        snprintf(name, sizeof(name), "%s", word);
    fdt_begin_node(fdt, name);
}

// One command; false: the root is closed.
static bool add(void *fdt, struct input *in, unsigned *depth)
{
    uint8_t const what = in_u8(in);
    char const *name = (what & 7) > 1 ? tree_word(in) : NULL;
    switch (what & 7) {
    case 0:
        fdt_end_node(fdt);
        return --*depth;
    case 1:
        begin_node(fdt, in, what & 8);
        ++*depth;
        break;
    case 2:
    case 3: add_cells(fdt, in, name, what >> 4); break;
    case 4: add_strings(fdt, in, name, 1); break;
    case 5: add_strings(fdt, in, name, 2 + (what >> 3 & 1)); break;
    case 6: {
        uint64_t const pair = cpu_to_fdt64(in_number(in));
        fdt_property(fdt, name, &pair, sizeof(pair));
        break;
    }
    default: add_bytes(fdt, in, name); break;
    }
    return true;
}

// What libfdt refuses is left out.
static void *build(struct input *in, unsigned reserved)
{
    void *fdt = calloc(1, ROOM);
    unsigned depth = 1;
    fdt_create(fdt, ROOM);
    for (; reserved; reserved--) {
        uint64_t const start = in_number(in), size = in_number(in);
        fdt_add_reservemap_entry(fdt, start, size);
    }
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    while (in_more(in) && add(fdt, in, &depth))
        ;
    for (; depth; depth--)
        fdt_end_node(fdt);
    if (!fdt_finish(fdt))
        return fdt;
    free(fdt);
    return NULL;
}

void *tree_from(struct input *in, size_t *size)
{
    uint8_t const form = in_u8(in);
    if (form != RAW) {
        void *fdt = build(in, form & 7);
        *size = fdt ? fdt_totalsize(fdt) : 0;
        return fdt ? realloc(fdt, *size) : NULL;
    }
    *size = in_left(in);
    void *fdt = malloc(*size);
    in_bytes(in, fdt, *size);
    return fdt;
}
