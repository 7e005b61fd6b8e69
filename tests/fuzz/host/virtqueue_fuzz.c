// SPDX-License-Identifier: MIT
// Both sides of a virtqueue on ring memory that the other side writes, or takes away, at any time.
#include "check.h"
#include "input.h"

#include <sys/mman.h>

#include <l4/virtqueue/virtqueue.h>

enum { NUM = 8, BASE = 0x40000000, PAGE = 4096, BUFFER = 512, SEGMENTS = 6, REGIONS = 4 };

static uint8_t *page;
static uint8_t *buffers[2]; // writable and not, on the heap: the sanitizer sees what lies beyond
static struct vq_region regions[REGIONS];
static struct vq_mem mem;
static struct vq_dev dev;
static struct vq_drv drv;
static void *cookies[NUM];
static uint16_t chain_len[NUM], links[NUM];
static bool taken_away;

static void take_away(bool away)
{
    taken_away = away;
    ck_assert_int_eq(mprotect(page, PAGE, away ? PROT_NONE : PROT_READ | PROT_WRITE), 0);
}

static void start(struct input *in)
{
    if (!page)
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    take_away(false);
    memset(page, 0, PAGE);
    for (unsigned i = 0; i < 2; i++)
        buffers[i] = calloc(1, BUFFER);
    mem = (struct vq_mem){.regions = regions, .limit = REGIONS};
    ck_assert_int_eq(vq_mem_add(&mem, BASE, PAGE, page, true), 0);
    ck_assert_int_eq(vq_mem_add(&mem, BASE + PAGE, BUFFER, buffers[0], true), 0);
    ck_assert_int_eq(vq_mem_add(&mem, BASE + PAGE + BUFFER, BUFFER, buffers[1], false), 0);
    struct vq_drv_memory const m = {page, cookies, chain_len, links};
    unsigned const num = in_u8(in);
    if (vq_drv_init(&drv, num > NUM ? NUM : num, &m, num >> 7))
        vq_drv_init(&drv, NUM, &m, num >> 7);
    vq_dev_reset(&dev);
}

static uint64_t an_address(struct input *in)
{
    uint64_t const offset = in_u16(in);
    return offset < 2 * PAGE ? BASE + offset : in_number(in);
}

static void set_up(struct input *in)
{
    unsigned const flags = in_u8(in);
    size_t avail, used;
    vq_drv_layout(NUM, &avail, &used);
    struct vq_rings r = {.num = NUM, .num_max = NUM, .desc = BASE, .avail = BASE + avail, .used = BASE + used};
    if (flags & 0x80) {
        r.num = in_u8(in);
        r.desc = an_address(in);
        r.avail = an_address(in);
        r.used = an_address(in);
    }
    int const err = vq_dev_setup(&dev, &mem, &r, flags & (VQ_EVENT_IDX | VQ_INDIRECT));
    ck_assert(!err == vq_dev_ready(&dev) && vq_strerror(err));
}

// A chain as the device takes it lies in the memory that was made known.
static void use_chain(struct input *in)
{
    struct vq_seg *segs = calloc(SEGMENTS, sizeof(*segs));
    struct vq_chain c = {.seg = segs, .limit = in_below(in, SEGMENTS + 1)};
    uint8_t data[64];
    int const r = vq_pop(&dev, &c);
    if (r == 1) {
        size_t const offset = in_u8(in), n = in_below(in, sizeof(data));
        memset(data, 0x5a, sizeof(data));
        ck_assert(c.nread + c.nwrite <= c.limit);
        long const got = vq_chain_read(&c, offset, data, n);
        ck_assert(got <= (long)n && got <= (long)c.read_len);
        long const put = vq_chain_write(&c, offset, data, n);
        ck_assert(put <= (long)n && put <= (long)c.write_len);
        if (in_u8(in) & 1)
            vq_push(&dev, c.head, (uint32_t)n);
        else
            vq_unpop(&dev, 1);
    } else {
        ck_assert(vq_strerror(r));
    }
    free(segs);
}

static void drive(struct input *in)
{
    struct vq_buf b[4];
    for (unsigned i = 0; i < 4; i++)
        b[i] = (struct vq_buf){an_address(in), in_u8(in)};
    void *cookie;
    uint32_t len;
    if (vq_drv_add(&drv, b, in_below(in, 3), in_below(in, 3), &drv) >= 0)
        vq_drv_kick(&drv);
    while (vq_drv_get(&drv, &cookie, &len) > 0)
        ck_assert_ptr_eq(cookie, &drv);
}

static void write_page(struct input *in)
{
    unsigned const at = in_below(in, 512), n = in_below(in, 17);
    if (!taken_away)
        in_bytes(in, page + at, n);
}

static void add_memory(struct input *in)
{
    uint64_t const base = in_number(in), size = in_number(in);
    // what is mapped there is as long as the region
    if (size <= BUFFER)
        vq_mem_add(&mem, base, size, buffers[1], false);
    else
        ck_assert(!vq_mem_translate(&mem, base, ~0ull, false));
}

static void step(struct input *in)
{
    switch (in_below(in, 12)) {
    case 0: set_up(in); break;
    case 1: use_chain(in); break;
    case 2: vq_flush(&dev); break;
    case 3: vq_notify_enable(&dev); break;
    case 4: vq_notify_disable(&dev); break;
    case 5: vq_notify_beyond(&dev, in_u16(in)); break;
    case 6: vq_dev_pending(&dev); break;
    case 7: add_memory(in); break;
    case 8: take_away(in_u8(in) & 1); break;
    case 9:
        if (!taken_away)
            drive(in);
        break;
    case 10:
        if (!taken_away && !vq_drv_irq_enable(&drv))
            vq_drv_irq_disable(&drv);
        break;
    default: write_page(in); break;
    }
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    start(&in);
    while (in_more(&in))
        step(&in);
    take_away(false);
    for (unsigned i = 0; i < 2; i++)
        free(buffers[i]);
    return 0;
}
