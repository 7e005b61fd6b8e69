// SPDX-License-Identifier: MIT
// A virtio console, whose guest writes its registers, its rings and its buffers as it likes, while input comes.
#include "check.h"
#include "input.h"

#include "boot/dt.h"
#include "boot/guest_memory.h"
#include "device/console.h"
#include "device/device.h"
#include "vcpu/fp.h"

#include <l4/re/env.h>
#include <sys/mman.h>

enum { RAM = 0x40000000, RAM_SIZE = 0x4000, INTID = 40, DESCRIPTORS = 0, AVAILABLE = 0x1000, USED = 0x2000, BUFFERS = 0x3000 };

struct vm vm;
static l4re_env_t const env;
l4re_env_t const *l4re_global_env = &env;
static uint8_t *ram;
static struct vq_region region;
static struct vq_mem memory = {.regions = &region, .limit = 1};
static void *device; // the console, as device_alloc() gave it
static size_t device_size;
static void *fresh;  // what it was like at first
static struct mmio_ops const *registers;
static void *context;
static struct console *console;
static unsigned waiting; // bytes of input
static unsigned written;
static bool poked;

void fp_protect(void) {}
struct vq_mem *guest_memory(void) { return &memory; }
char const *dt_string(void const *fdt, int node, char const *prop) { (void)fdt, (void)node, (void)prop; return NULL; }
int device_error(void const *fdt, int node, char const *fmt, ...) { (void)fdt, (void)node, (void)fmt; return -1; }
void console_listen(struct console *c) { ck_assert_ptr_eq(c, console); }
void console_poke(struct console *c) { poked = c == console; } // the main thread will look

l4_cap_idx_t device_cap(struct vm *m, int node, char const *prop, l4_cap_idx_t otherwise)
{
    (void)m, (void)node, (void)prop, (void)otherwise;
    return 0x5000;
}

int device_reg(struct vm *m, int node, uint64_t min_size, struct dt_range *r)
{
    (void)m, (void)node;
    *r = (struct dt_range){0x1000, min_size};
    return 0;
}

int device_irq(struct vm *m, int node, unsigned index, struct irq_line *line)
{
    (void)m, (void)node, (void)index;
    *line = (struct irq_line){&vm.gic, INTID};
    return 0;
}

void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level)
{
    (void)cpu, (void)level;
    ck_assert(g == &vm.gic && intid == INTID);
}

void *device_alloc(unsigned long size)
{
    device_size = size;
    return device = calloc(1, size);
}

void vm_claim(uint64_t start, uint64_t size, char const *name, struct mmio_ops const *ops, void *ctx)
{
    ck_assert(start == 0x1000 && size && name[0]);
    registers = ops;
    context = ctx;
}

void console_open(struct console *c, l4_cap_idx_t vcon, char const *name, void (*input)(struct console *c))
{
    ck_assert(vcon == 0x5000 && name[0]);
    c->input = input;
    console = c;
}

void channel_write(struct channel *c, char const *text, unsigned size)
{
    (void)c;
    while (size--)
        written += (unsigned char)text[size];
}

unsigned console_read(struct console *c, char *buf, unsigned size, bool *more)
{
    unsigned const n = size < waiting ? size : waiting;
    ck_assert_ptr_eq(c, console);
    memset(buf, 'x', n);
    waiting -= n;
    *more = waiting;
    return n;
}

extern struct device_type const *const __start_uvmm_devices[];

static void start(void)
{
    if (!device) {
        ck_assert_int_eq(__start_uvmm_devices[0]->create(&vm, 0), 0);
        fresh = malloc(device_size);
        memcpy(fresh, device, device_size);
        ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_int_eq(vq_mem_add(&memory, RAM, RAM_SIZE, ram, true), 0);
    }
    memcpy(device, fresh, device_size);
    memset(ram, 0, RAM_SIZE);
    waiting = 0;
    poked = false;
}

static void set(uint32_t off, uint32_t value)
{
    registers->write(context, NULL, off, 2, value);
}

// A queue as a driver sets it up, with a chain of some length in it.
static void set_up(struct input *in)
{
    uint8_t const how = in_u8(in);
    set(0x70, 0);
    set(0x24, 0);
    set(0x20, (uint32_t)(how >> 4 & 3) << 28);
    set(0x24, 1);
    set(0x20, 1);
    set(0x70, how & 0x80 ? 3 : 0xb);
    for (unsigned i = 0; i < 2; i++) {
        set(0x30, i);
        set(0x38, 4u << (how & 3));
        set(0x80, RAM + DESCRIPTORS + 0x400 * i);
        set(0x90, RAM + AVAILABLE + 0x400 * i);
        set(0xa0, RAM + USED + 0x400 * i);
        set(0x44, 1);
    }
    set(0x70, 0xf);
}

static void access_register(struct input *in)
{
    uint8_t const kind = in_u8(in);
    uint64_t const off = kind & 0x80 ? in_number(in) & 0xfff : (unsigned)in_u8(in) * 2;
    if (kind & 1)
        registers->write(context, NULL, off, kind >> 1 & 3, in_number(in));
    else
        registers->read(context, NULL, off, kind >> 1 & 3);
}

static void offer(struct input *in)
{
    uint8_t const form = in_u8(in);
    unsigned const queue = form & 1;
    struct vq_desc const d = {.addr = RAM + BUFFERS + in_u8(in), .len = in_u16(in), .flags = form >> 1 & 7, .next = in_u8(in)};
    uint16_t const indices[2] = {0, in_u8(in)};
    memcpy(ram + DESCRIPTORS + 0x400 * queue + 16 * (form >> 4 & 3), &d, sizeof(d));
    memcpy(ram + AVAILABLE + 0x400 * queue, indices, sizeof(indices));
    if (form & 0x80)
        set(0x50, queue);
}

static void write_ram(struct input *in)
{
    unsigned const at = in_u16(in) % (RAM_SIZE - 16);
    in_bytes(in, ram + at, in_below(in, 17));
}

static void type(struct input *in)
{
    waiting += in_u16(in);
    console->input(console);
}

static void take_away(struct input *in)
{
    ck_assert_int_eq(mprotect(ram, RAM_SIZE, PROT_NONE), 0);
    set(0x50, in_u8(in) & 1);
    type(in);
    ck_assert_int_eq(mprotect(ram, RAM_SIZE, PROT_READ | PROT_WRITE), 0);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {set_up, access_register, offer, write_ram, type, take_away};
    start();
    while (in_more(&in)) {
        steps[in_below(&in, 6)](&in);
        if (poked)
            console->input(console);
        poked = false;
    }
    return 0;
}
