// SPDX-License-Identifier: MIT
// Requests of any header in chains of any descriptors, on a disk in memory; each against what the standard says of it: its
// status, its length, and what is on the disk afterwards.
#include "block_requests_test.c"

#include "input.h"

enum { STEPS = 48, CHAIN = 12, USED_RAM = 0x24000, OUT_MAX = 0x30000 };

static struct {
    uint8_t out[OUT_MAX];      // the readable bytes
    struct vq_seg segs[REQUEST_SEGS];
    unsigned nread, nwrite;
    uint64_t read_len, write_len;
    struct virtio_blk_header h;
    enum blk_verdict verdict;
    enum block_status status;
    uint32_t used;
} want;

static uint64_t accepted;

static void make_queue(void)
{
    size_t av, us;
    vq_drv_layout(NUM, &av, &us);
    struct vq_drv_memory const dm = { ram, cookies, chain_len, next };
    struct vq_rings const r = { NUM, NUM, BASE, BASE + av, BASE + us };
    memset(ram, 0, us + vq_used_size(NUM));
    ck_assert_int_eq(vq_drv_init(&drv, NUM, &dm, false), 0);
    ck_assert_int_eq(vq_dev_setup(&dev, &mem, &r, 0), 0);
}

static void begin(struct input *in)
{
    static bool begun;
    uint8_t const how = in_u8(in);
    if (!begun)
        start(false);
    begun = true;
    regions[0].size = USED_RAM;
    memset(ram, 0, USED_RAM);
    make_queue();
    m.disk.block = how & 1 ? 4096 : BLOCK_SECTOR;
    m.disk.size_max = how & 2 ? 3000 : 4 << 20;
    m.disk.seg_max = how & 4 ? 3 : 68;
    m.disk.discard_max = how & 8 ? 50 : 0;
    m.base = how & 16 ? NULL : base;
    if (how & 16)
        memset(model, 0, sizeof(model));
    area = (struct block_area){ .sectors = SECTORS, .read_only = how & 32 };
    if (how & 64) {
        area.first = 8u * in_below(in, 100);
        area.sectors = 8 + 8u * in_below(in, 20);
    }
    accepted = how & 128 ? in_u32(in) : FLUSH | DISCARD | ZEROES;
}

static void end(void)
{
    for (uint64_t i = 0; i < (m.pages + 511) / 512; i++) {
        for (unsigned k = 0; m.changed[i] && k < 512; k++)
            free(m.changed[i][k]);
        free(m.changed[i]);
        m.changed[i] = NULL;
    }
    memcpy(model, base, sizeof(model));
}

// What it holds is what the model holds.
static void compare(void)
{
    static uint8_t all[sizeof(model)];
    struct vq_seg const seg = { all, sizeof(all) };
    struct block_request r = { .op = BLOCK_READ, .count = SECTORS, .seg = &seg, .segs = 1, .done = ended };
    m.disk.ops->submit(&m.disk, &r);
    ck_assert_int_eq(result, BLOCK_OK);
    ck_assert_mem_eq(all, model, sizeof(all));
}

static unsigned segments(bool write)
{
    unsigned n = 0;
    uint64_t at = 0;
    if (!write) // without the status
        return want.nwrite - (want.segs[want.nread + want.nwrite - 1].len == 1);
    for (unsigned i = 0; i < want.nread; i++) {
        at += want.segs[i].len;
        n += at > sizeof(want.h);
    }
    return n;
}

// Is there a segment of data above the limit?
static bool too_long(bool write)
{
    uint64_t at = 0;
    for (unsigned i = write ? 0 : want.nread; i < want.nread + (write ? 0 : want.nwrite); i++) {
        uint64_t begin = at, stop = at += want.segs[i].len;
        if (write && begin < sizeof(want.h))
            begin = stop < sizeof(want.h) ? stop : sizeof(want.h);
        if (!write && i == want.nread + want.nwrite - 1)
            stop--;
        if (stop - begin > m.disk.size_max)
            return true;
    }
    return false;
}

static bool possible(uint64_t sector, uint64_t count)
{
    unsigned const per = m.disk.block / BLOCK_SECTOR;
    return count && sector <= area.sectors && count <= area.sectors - sector && !(sector % per) && !(count % per);
}

static enum block_status data_status(bool write)
{
    uint64_t const bytes = write ? want.read_len - sizeof(want.h) : want.write_len - 1;
    if (bytes % BLOCK_SECTOR || !possible(want.h.sector, bytes / BLOCK_SECTOR) || (write && area.read_only))
        return BLOCK_IOERR;
    if (segments(write) > m.disk.seg_max || too_long(write))
        return BLOCK_IOERR;
    if (write)
        memcpy(model + (area.first + want.h.sector) * BLOCK_SECTOR, want.out + sizeof(want.h), bytes);
    else
        want.used += (uint32_t)bytes;
    return BLOCK_OK;
}

static enum block_status range_status(bool zeroes)
{
    struct virtio_blk_range r;
    if (!(accepted & (zeroes ? ZEROES : DISCARD)))
        return BLOCK_UNSUPP;
    if (want.read_len != sizeof(want.h) + sizeof(r))
        return BLOCK_IOERR;
    memcpy(&r, want.out + sizeof(want.h), sizeof(r));
    if (r.flags > zeroes)
        return BLOCK_UNSUPP;
    if (area.read_only || !possible(r.sector, r.sectors) || r.sectors > (zeroes ? m.disk.zeroes_max : m.disk.discard_max))
        return BLOCK_IOERR;
    memset(model + (area.first + r.sector) * BLOCK_SECTOR, 0, (size_t)r.sectors * BLOCK_SECTOR);
    return BLOCK_OK;
}

static enum block_status expected_status(void)
{
    switch (want.h.type) {
    case VIRTIO_BLK_T_IN:
        return data_status(false);
    case VIRTIO_BLK_T_OUT:
        return data_status(true);
    case VIRTIO_BLK_T_FLUSH:
        return want.h.sector || !(accepted & FLUSH) ? BLOCK_UNSUPP : BLOCK_OK;
    case VIRTIO_BLK_T_GET_ID:
        want.used += want.write_len > VIRTIO_BLK_ID_BYTES ? VIRTIO_BLK_ID_BYTES : 0;
        return want.write_len > VIRTIO_BLK_ID_BYTES ? BLOCK_OK : BLOCK_IOERR;
    case VIRTIO_BLK_T_DISCARD:
        return range_status(false);
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return range_status(true);
    default:
        return BLOCK_UNSUPP;
    }
}

// What has to come of the chain. False: it is too long for the model.
static bool expect(struct vq_chain const *c)
{
    uint64_t at = 0;
    if (c->read_len > OUT_MAX)
        return false;
    memcpy(want.segs, c->seg, (c->nread + c->nwrite) * sizeof(want.segs[0]));
    want.nread = c->nread;
    want.nwrite = c->nwrite;
    want.read_len = c->read_len;
    want.write_len = c->write_len;
    for (unsigned i = 0; i < c->nread; at += c->seg[i++].len)
        memcpy(want.out + at, c->seg[i].ptr, c->seg[i].len);
    want.verdict = BLK_BROKEN;
    if (want.read_len < sizeof(want.h) || !want.write_len)
        return true;
    memcpy(&want.h, want.out, sizeof(want.h));
    want.used = 1;
    want.status = expected_status();
    want.verdict = want.status == BLOCK_OK && want.h.type != VIRTIO_BLK_T_GET_ID ? BLK_SUBMIT : BLK_ANSWER;
    return true;
}

static void serve_one(void)
{
    struct vq_seg segs[REQUEST_SEGS];
    struct vq_chain c = { .seg = segs, .limit = REQUEST_SEGS };
    void *cookie;
    uint32_t len;
    if (vq_pop(&dev, &c) != 1 || !expect(&c)) {
        make_queue();
        return;
    }
    vq_unpop(&dev, 1);
    serve(accepted);
    ck_assert_int_eq(verdict, want.verdict);
    if (verdict == BLK_BROKEN) {
        make_queue();
        return;
    }
    struct vq_seg const *last = &want.segs[want.nread + want.nwrite - 1];
    ck_assert_uint_eq(last->ptr[last->len - 1], want.status);
    ck_assert_uint_eq(used, want.used);
    if (vq_drv_get(&drv, &cookie, &len) != 1 || len != used)
        make_queue(); // it wrote over its own rings
}

// Descriptors of any place and length.
static void any_chain(struct input *in)
{
    struct vq_buf b[CHAIN];
    unsigned const n = 1 + in_below(in, CHAIN), nread = in_below(in, n + 1);
    for (unsigned i = 0; i < n; i++)
        b[i] = (struct vq_buf){ BASE + in_number(in), (uint32_t)in_number(in) };
    if (vq_drv_add(&drv, b, nread, n - nread, NULL) < 0)
        return;
    vq_drv_kick(&drv);
    serve_one();
}

static uint64_t a_header(struct input *in)
{
    static uint8_t const types[] = { VIRTIO_BLK_T_IN,     VIRTIO_BLK_T_OUT,     VIRTIO_BLK_T_FLUSH,
                                     VIRTIO_BLK_T_GET_ID, VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES };
    uint8_t const form = in_u8(in);
    struct virtio_blk_header const h = { .type = (form & 7) < 6 ? types[form & 7] : form,
                                         .sector = form & 0x80 ? in_number(in) : form & 0x40 ? in_below(in, 1024) : 0 };
    memcpy(ram + HEADER, &h, sizeof(h));
    return (form & 7) == 1 || (form & 7) > 3; // it has data
}

// A request as drivers make them, its data cut anywhere.
static void a_request(struct input *in)
{
    bool const write = a_header(in);
    unsigned bytes = in_below(in, 24) * BLOCK_SECTOR, n = 1;
    uint8_t const form = in_u8(in);
    struct vq_buf b[CHAIN] = { { BASE + HEADER, 16 } };
    if (form & 1)
        bytes = in_u16(in);
    if (form & 2) {
        struct virtio_blk_range const r = { in_below(in, 1024), in_below(in, 80), form & 4 ? in_u32(in) : form >> 7 };
        memcpy(ram + DATA, &r, sizeof(r));
        bytes = sizeof(r);
    } else if (write) {
        for (unsigned i = 0; i < bytes && i + DATA < USED_RAM; i++)
            ram[DATA + i] = (uint8_t)(i / 7 + form);
    }
    for (unsigned at = 0, len; at < bytes; at += len) {
        len = n < CHAIN - 2 && form & 8 ? 1 + in_u16(in) % 4000 : bytes - at;
        len = len < bytes - at ? len : bytes - at;
        b[n++] = (struct vq_buf){ BASE + DATA + at, len };
    }
    b[n] = (struct vq_buf){ BASE + STATUS, 1 };
    if (form & 16 && n > 1 && !write) // the status at the end of the data
        b[--n].len++;
    if (vq_drv_add(&drv, b, write ? n : 1, write ? 1 : n, NULL) < 0)
        return;
    vq_drv_kick(&drv);
    serve_one();
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    begin(&in);
    for (unsigned n = 0; in_more(&in) && n < STEPS; n++)
        (in_u8(&in) & 3 ? a_request : any_chain)(&in);
    compare();
    end();
    return 0;
}
