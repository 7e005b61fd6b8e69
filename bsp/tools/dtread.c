// SPDX-License-Identifier: MIT
// dtread FILE: prints what boot reads from a device tree, and the devices in it, as a Lua table.
//
// The reader is boot's own (kernel/boot/machine/), so what is said here is what boot will see.
// Exit status: 0, or 1 with a message when the file is no device tree.
#include "devices.h"
#include "dt/dt_index.h"
#include "dt/dt_node.h"
#include "machine/machine.h"
#include "report.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORTS_MAX 200
#define TREE_MAX (16u << 20) // as boot takes it

static char *notes[REPORTS_MAX], *problems[REPORTS_MAX];
static unsigned num_notes, num_problems;

// -- what boot would say ----------------------------------------------------------------------

static void keep(char **list, unsigned *n, char const *format, va_list *args)
{
    if (*n < REPORTS_MAX && vasprintf(&list[*n], format, *args) >= 0)
        ++*n;
}

void report_note(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    keep(notes, &num_notes, format, &args);
    va_end(args);
}

void report_problem(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    keep(problems, &num_problems, format, &args);
    va_end(args);
}

// -- Lua --------------------------------------------------------------------------------------

// A tree may contain anything: only plain characters go out as they are.
static void put_text(char const *s, size_t n)
{
    putchar('"');
    for (; n; n--, s++) {
        unsigned char c = (unsigned char)*s;
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            printf("\\%03u", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_string(char const *key, char const *s)
{
    if (!s)
        return;
    printf("  %s = ", key);
    put_text(s, strlen(s));
    printf(",\n");
}

static void put_path(void const *fdt, char const *key, int node)
{
    char path[512];
    if (node >= 0 && fdt_get_path(fdt, node, path, sizeof path) >= 0)
        put_string(key, path);
}

static void put_range(struct range r)
{
    printf("{ 0x%llx, 0x%llx }", (unsigned long long)r.start, (unsigned long long)r.end - 1);
}

// The strings of property `name` as a list.
static void put_list(void const *fdt, int node, char const *key, char const *name)
{
    int len;
    char const *s = fdt_getprop(fdt, node, name, &len);
    printf("  %s = { ", key);
    for (int i = 0; s && len > 0 && !s[len - 1] && i < len; i += (int)strlen(s + i) + 1) {
        put_text(s + i, strlen(s + i));
        printf(", ");
    }
    printf("},\n");
}

static void put_reports(char const *key, char **list, unsigned n)
{
    printf("%s = {\n", key);
    for (unsigned i = 0; i < n; i++) {
        printf("  ");
        put_text(list[i], strlen(list[i]));
        printf(",\n");
    }
    printf("},\n");
}

// -- the machine ------------------------------------------------------------------------------

static void put_memory(struct machine const *m)
{
    printf("memory = { ");
    for (unsigned i = 0; i < m->ram.num; i++) {
        put_range(m->ram.r[i]);
        printf(", ");
    }
    printf("},\nmemory_left_out = %s,\nreserved = { ", m->ram_left_out ? "true" : "false");
    for (unsigned i = 0; i < m->num_reserved; i++) {
        put_range(m->reserved[i].range);
        printf(", ");
    }
    printf("},\n");
}

static void put_cpus(void const *fdt, struct machine const *m)
{
    static char const *const methods[] = {"boot", "psci", "spin-table"};
    printf("cpus = { ");
    for (unsigned i = 0; i < m->num_cpus; i++)
        printf("{ mpidr = 0x%llx, method = \"%s\" }, ", (unsigned long long)m->cpus[i].mpidr,
               methods[m->cpus[i].method]);
    printf("},\n");
    int cpus = fdt_path_offset(fdt, "/cpus"), node;
    unsigned named = 0;
    fdt_for_each_subnode(node, fdt, cpus)
        named += dt_has_type(fdt, node, "cpu");
    printf("cpus_named = %u,\n", named);
}

static void put_gic(void const *fdt, struct machine const *m)
{
    printf("gic = {\n  version = %u, maintenance = %u, virtualization = %s,\n", m->gic_version,
           m->maintenance_irq, m->gic_version == 3 || m->gich.end ? "true" : "false");
    put_path(fdt, "path", m->gic_node);
    printf("  regions = { ");
    struct range const parts[] = {m->gicd, m->gicc, m->gich, m->gicv};
    for (unsigned i = 0; i < 4; i++)
        if (parts[i].end) {
            put_range(parts[i]);
            printf(", ");
        }
    for (unsigned i = 0; i < m->num_gicr; i++) {
        put_range(m->gicr[i]);
        printf(", ");
    }
    printf("},\n},\n");
}

// Node of stdout-path; < 0: none.
static int stdout_node(void const *fdt, char const **path)
{
    int len, chosen = fdt_path_offset(fdt, "/chosen");
    *path = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &len);
    if (!*path || len <= 1 || (*path)[len - 1]) {
        *path = NULL;
        return -1;
    }
    return fdt_path_offset_namelen(fdt, *path, (int)strcspn(*path, ":"));
}

// The console as BOARD_UART has it (mk/boards.mk).
static void put_board_uart(void const *fdt, struct machine_uart const *u)
{
    int len;
    char const *s = fdt_getprop(fdt, u->node, "compatible", &len);
    for (; uart_find(s) != u->ops; s += strlen(s) + 1)
        ; // one of them is what the driver was found by
    printf("  board_uart = \"%s@0x%llx", s, (unsigned long long)u->range.start);
    if (u->reg_shift != u->ops->default_shift || u->reg_width != u->ops->default_width)
        printf(",%u,%u", u->reg_shift, u->reg_width);
    printf("\",\n");
}

static void put_uart(void const *fdt, struct machine_uart const *u, struct machine const *m)
{
    char const *path;
    int node = stdout_node(fdt, &path);
    printf("uart = {\n");
    put_string("stdout_path", path);
    put_path(fdt, "stdout_node", node);
    if (node >= 0)
        put_list(fdt, node, "stdout_compatible", "compatible");
    if (u->ops) {
        put_string("driver", u->ops->name);
        put_board_uart(fdt, u);
        put_path(fdt, "path", u->node);
        printf("  region = ");
        put_range(u->range);
        printf(",\n  irq = %u, clock = %u,\n", m->uart_irq, u->clock_hz);
    }
    printf("},\n");
}

// -- devices ----------------------------------------------------------------------------------

static void put_device(void const *fdt, struct device const *d)
{
    printf("{\n");
    put_path(fdt, "path", d->node);
    put_string("name", fdt_get_name(fdt, d->node, NULL));
    put_list(fdt, d->node, "compatible", "compatible");
    printf("  enabled = %s, lost_regs = %u, lost_irqs = %u, uses_dma = %s,\n",
           d->enabled ? "true" : "false", d->lost_regs, d->lost_irqs,
           fdt_getprop(fdt, d->node, "iommus", NULL) || fdt_getprop(fdt, d->node, "dmas", NULL)
               ? "true" : "false");
    put_path(fdt, "foreign", d->foreign);
    printf("  regs = { ");
    for (unsigned i = 0; i < d->num_regs; i++) {
        put_range(d->regs[i]);
        printf(", ");
    }
    printf("},\n  irqs = { ");
    for (unsigned i = 0; i < d->num_irqs; i++)
        printf("{ %u, %u }, ", d->irqs[i].intid, d->irqs[i].flags);
    printf("},\n},\n");
}

static void put_devices(void const *fdt, int gic)
{
    struct device d;
    printf("devices = {\n");
    for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL))
        if (device_read(fdt, node, gic, &d))
            put_device(fdt, &d);
    printf("},\n");
}

// -- main -------------------------------------------------------------------------------------

static void *read_file(char const *name, size_t *size)
{
    FILE *f = fopen(name, "rb");
    char *data = f ? malloc(TREE_MAX + 1) : NULL;
    if (!data) {
        fprintf(stderr, "%s: cannot be opened\n", name);
        exit(1);
    }
    *size = fread(data, 1, TREE_MAX + 1, f);
    fclose(f);
    if (*size > TREE_MAX) {
        fprintf(stderr, "%s: larger than the %u MiB that boot takes\n", name, TREE_MAX >> 20);
        exit(1);
    }
    return data;
}

// Affinity of the first CPU of the tree: boot is told the one it runs on.
static uint64_t first_cpu(void const *fdt)
{
    int cpus = fdt_path_offset(fdt, "/cpus"), node;
    fdt_for_each_subnode(node, fdt, cpus) {
        uint64_t mpidr;
        if (!strncmp(fdt_get_name(fdt, node, NULL), "cpu@", 4) && dt_enabled(fdt, node) &&
            dt_get_number(fdt, node, "reg", &mpidr))
            return mpidr;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct machine m;
    struct machine_uart uart;
    size_t size;
    if (argc != 2) {
        fprintf(stderr, "usage: dtread FILE.dtb\n");
        return 2;
    }
    void *fdt = read_file(argv[1], &size);
    char const *wrong = size < sizeof(struct fdt_header) ? "too short"
                                                         : machine_check_tree(fdt, size);
    if (wrong) {
        fprintf(stderr, "%s: no device tree, or a damaged one (%s)\n", argv[1], wrong);
        return 1;
    }
    machine_find_uart(fdt, &uart);
    machine_report_uart(fdt, &uart);
    machine_read(fdt, &uart, first_cpu(fdt), &m);

    printf("return {\n");
    put_string("model", m.model);
    put_list(fdt, 0, "compatible", "compatible");
    put_memory(&m);
    put_cpus(fdt, &m);
    put_gic(fdt, &m);
    printf("timer = { virt = %u, hyp = %u },\n", m.virt_irq, m.hyp_irq);
    printf("psci = %s,\n", m.psci == BOOT_PSCI_SMC ? "\"smc\"" : m.psci == BOOT_PSCI_HVC ? "\"hvc\""
                                                                                       : "false");
    put_uart(fdt, &uart, &m);
    put_reports("notes", notes, num_notes);
    put_reports("problems", problems, num_problems);
    put_devices(fdt, m.gic_node);
    printf("}\n");
    free(fdt);
    return 0;
}
