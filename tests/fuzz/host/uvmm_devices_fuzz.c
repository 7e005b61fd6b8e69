// SPDX-License-Identifier: MIT
// Registers of uvmm's devices, as a guest accesses them: any offset, size and value.
#include "boot/ram_map.h"
#include "check.h"
#include "device/flash_regs.h"
#include "device/fw_cfg_regs.h"
#include "device/pl011_regs.h"
#include "device/pl031_regs.h"
#include "device/sp805_regs.h"
#include "device/virtio_mmio.h"
#include "input.h"
#include "line_writer.h"

// An access; offsets are mostly those of registers.
struct access {
    uint64_t off, value;
    unsigned size; // log2 of bytes
    bool write;
};

static struct access an_access(struct input *in)
{
    uint8_t const kind = in_u8(in);
    struct access a = {.size = kind >> 1 & 3, .write = kind & 1};
    a.off = kind & 0x80 ? in_number(in) : in_u16(in) & 0x1fff;
    if (a.write)
        a.value = in_number(in);
    return a;
}

static void use_pl011(struct input *in)
{
    struct pl011_regs u;
    uint8_t data[PL011_FIFO_SIZE];
    pl011_regs_init(&u);
    while (in_more(in)) {
        struct access const a = an_access(in);
        unsigned const room = pl011_regs_room(&u);
        if (a.size == 3 && room) {
            in_bytes(in, data, sizeof(data));
            pl011_regs_receive(&u, data, room < a.off ? room : (unsigned)a.off);
        } else if (a.write) {
            ck_assert_int_le(pl011_regs_write(&u, (uint32_t)a.off, (uint32_t)a.value), 255);
        } else {
            pl011_regs_read(&u, (uint32_t)a.off);
        }
        ck_assert(u.count <= PL011_FIFO_SIZE && pl011_regs_on(&u) >= (pl011_regs_room(&u) > 0));
        pl011_regs_irq(&u);
    }
}

static void use_pl031(struct input *in)
{
    struct pl031_regs r;
    uint32_t now = in_u32(in), seconds;
    pl031_init(&r, in_u32(in), now);
    while (in_more(in)) {
        struct access const a = an_access(in);
        now += in_u8(in);
        if (a.write)
            pl031_write(&r, (uint32_t)a.off, (uint32_t)a.value, now);
        else
            pl031_read(&r, (uint32_t)a.off, now);
        bool const up = pl031_irq(&r, now);
        bool const will = pl031_alarm(&r, now, &seconds);
        struct pl031_regs then = r;
        ck_assert(!will || (!up && pl031_irq(&then, now + seconds)));
    }
}

static void use_sp805(struct input *in)
{
    struct sp805_regs r;
    uint64_t now = in_u32(in);
    sp805_init(&r);
    while (in_more(in)) {
        struct access const a = an_access(in);
        now += a.size == 3 ? in_u32(in) : in_u8(in);
        if (a.write)
            sp805_write(&r, (uint32_t)a.off, (uint32_t)a.value, now);
        else
            sp805_read(&r, (uint32_t)a.off, now);
        bool const reset = sp805_reset(&r, now);
        uint64_t const next = sp805_deadline(&r, now);
        ck_assert(reset || next > now);
        sp805_irq(&r, now);
    }
}

// A device whose state is what it was told last.
struct mmio {
    struct virtio_mmio mmio; // first
    uint32_t state;
};

static uint32_t state(struct virtio_mmio *d) { return ((struct mmio *)d)->state; }
static uint32_t state_of(struct virtio_mmio *d, unsigned n)
{
    ck_assert_uint_lt(n, VIRTIO_MMIO_QUEUES);
    return state(d);
}
static uint32_t set_state(struct virtio_mmio *d, uint32_t v) { return ((struct mmio *)d)->state = v; }
static void acknowledge(struct virtio_mmio *d, uint32_t bits) { set_state(d, bits); }
static void accept(struct virtio_mmio *d, unsigned word, uint32_t bits)
{
    ck_assert_uint_lt(word, 2);
    set_state(d, bits);
}
static bool queue_ready(struct virtio_mmio *d, unsigned queue, struct virtio_mmio_queue const *q, bool ready)
{
    return state_of(d, queue) & 1 && ready && q->num;
}
static void notify(struct virtio_mmio *d, unsigned queue) { state_of(d, queue); }
static uint64_t config_read(struct virtio_mmio *d, uint32_t off, unsigned size) { return state(d) + off + size; }
static void config_write(struct virtio_mmio *d, uint32_t off, unsigned size, uint64_t value)
{
    set_state(d, off + size + (uint32_t)value);
}

static void use_virtio_mmio(struct input *in)
{
    static struct virtio_mmio_ops const ops = {
        .offered = state_of, .accept = accept, .set_status = set_state, .status = state, .num_max = state_of,
        .queue_ready = queue_ready, .notify = notify, .irq_status = state, .irq_ack = acknowledge, .generation = state,
        .config_read = config_read, .config_write = config_write,
    };
    struct mmio d = {.mmio = {.ops = &ops, .device_id = 1}};
    while (in_more(in)) {
        struct access const a = an_access(in);
        if (a.write)
            virtio_mmio_write(&d.mmio, a.off, a.size, a.value);
        else
            virtio_mmio_read(&d.mmio, a.off, a.size);
    }
}

static uint32_t sum_of(uint8_t const *p, uint64_t n)
{
    uint32_t sum = 0;
    while (n--)
        sum = sum * 31 + *p++;
    return sum;
}

// What changes is only what the flash says, and nothing when it is read-only.
static void write_flash(struct flash_regs *f, struct access const *a)
{
    uint64_t const backed = f->g.backed;
    uint8_t *before = malloc(backed);
    memcpy(before, f->data, backed);
    flash_write(f, a->off, a->size, a->value);
    uint64_t const from = f->dirty_size ? f->dirty : backed;
    ck_assert(f->dirty_size <= backed - (f->dirty_size ? from : 0));
    uint64_t const behind = from + f->dirty_size;
    ck_assert_mem_eq(before, f->data, from);
    ck_assert_mem_eq(before + behind, f->data + behind, backed - behind);
    ck_assert(!f->g.read_only || sum_of(before, backed) == sum_of(f->data, backed));
    free(before);
}

static void use_flash(struct input *in)
{
    struct flash_geometry g = {.bank = in_u8(in), .chip = in_u8(in), .read_only = in_u8(in) & 1};
    g.size = in_number(in);
    g.erase = (uint32_t)in_number(in);
    g.backed = in_u16(in) % 4096;
    if (flash_check(&g))
        g = (struct flash_geometry){.size = 4096, .erase = 1024, .bank = 4, .chip = 2, .read_only = g.read_only,
                                    .backed = g.backed};
    if (g.backed > g.size)
        g.backed = g.size;
    struct flash_regs f;
    uint8_t *data = calloc(1, g.backed), *locked = calloc(1, g.size / g.erase);
    flash_init(&f, &g, data, locked);
    while (in_more(in)) {
        struct access const a = an_access(in);
        if (a.write)
            write_flash(&f, &a);
        else
            flash_read(&f, a.off, a.size);
    }
    free(data);
    free(locked);
}

enum { RAM = 0x40000000, RAM_SIZE = 256 };
static uint8_t *ram;

static void *ram_at(void *ctx, uint64_t gpa, uint64_t size)
{
    return ram_map_host(ctx, gpa, size);
}

static void ram_written(void *ctx, void const *p, uint64_t size)
{
    (void)ctx;
    ck_assert((uint8_t const *)p >= ram && (uint8_t const *)p + size <= ram + RAM_SIZE);
}

static void add_items(struct fw_cfg *f, struct input *in)
{
    static uint8_t const data[40] = "a file";
    char name[80];
    for (unsigned n = in_u8(in) % 40; n; n--) {
        if (n % 2) {
            fw_cfg_add(f, in_u16(in), data, in_u8(in) % sizeof(data));
            fw_cfg_add_number(f, in_u16(in), 4711, 4);
        } else {
            in_text(in, name, sizeof(name));
            fw_cfg_add_file(f, name, data, sizeof(data));
        }
    }
}

static void use_fw_cfg(struct input *in)
{
    struct ram_map map = {.count = 0};
    struct fw_cfg f = {.memory = ram_at, .written = ram_written, .ctx = &map};
    ram = calloc(1, RAM_SIZE);
    ram_map_add(&map, &(struct ram_region){.gpa = RAM, .size = RAM_SIZE, .host = ram});
    fw_cfg_init(&f);
    add_items(&f, in);
    while (in_more(in)) {
        struct access const a = an_access(in);
        if (a.write && a.off >= 0x1000)
            in_bytes(in, ram + (a.off & 0x3f), 16); // a descriptor
        else if (a.write && a.value < RAM_SIZE)
            fw_cfg_write(&f, a.off, a.size, __builtin_bswap64(RAM + a.value) >> (a.size == 2 ? 32 : 0));
        else if (a.write)
            fw_cfg_write(&f, a.off, a.size, a.value);
        else
            fw_cfg_read(&f, a.off, a.size);
    }
    free(ram);
}

static unsigned handed_over; // a sum: all of it is read

void line_writer_write(struct line_writer *w, char const *text, unsigned size)
{
    (void)w;
    ck_assert_uint_gt(size, 0);
    while (size--)
        handed_over += (unsigned char)text[size];
}

static void use_lines(struct input *in)
{
    static struct line_writer w;
    char *text = malloc(LINE_WAITING);
    uint64_t now = 0;
    w = (struct line_writer){.open = false};
    while (in_more(in)) {
        uint8_t const what = in_u8(in);
        unsigned const size = in_below(in, LINE_WAITING / 2) + 1;
        memset(text, what >> 3 ? what : '\n', size);
        in_bytes(in, text, size < 4 ? size : 4);
        now += (uint64_t)in_u8(in) * 1000;
        switch (what & 7) {
        case 0:
        case 1:
            for (unsigned i = 0; i < size; i++)
                if (line_writer_put(&w, text[i]))
                    line_writer_send(&w, now);
            w.chars_due = now + LINE_COLLECT_US;
            break;
        case 2: line_writer_guest(&w, text, size, now); break;
        case 3:
        case 4:
            text[size - 1] = '\n';
            line_writer_lines(&w, text, size, what & 1, now);
            break;
        case 5: line_writer_flush(&w, now); break;
        default:
            line_writer_expire(&w, now);
            ck_assert_uint_gt(line_writer_deadline(&w), now);
            break;
        }
        ck_assert(w.num_chars < LINE_CHARS && w.waiting <= LINE_WAITING);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const use[])(struct input *) = {use_pl011, use_pl031, use_sp805, use_virtio_mmio, use_flash, use_fw_cfg, use_lines};
    use[in_below(&in, sizeof(use) / sizeof(use[0]))](&in);
    return 0;
}
