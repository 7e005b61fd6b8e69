// SPDX-License-Identifier: MIT
// L4 virtio transport: driver side against device side over a pretended kernel, with a count of
// what is attached and which capabilities are held.
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <l4/l4virtio/device.h>
#include <l4/l4virtio/driver.h>
#include <l4/re/c/dataspace.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/rescue.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

enum { CAPS = 256, RAM = 64 * 1024 };

static l4_utcb_t utcb;
static struct srv server;
static struct srv_object *objects[4];  // as registered: notify irq, device
static bool cap_used[CAPS];
static unsigned n_caps, n_attached, irq_triggers;
static uint8_t *config_page;
static l4_cap_idx_t config_cap;
static l4re_ds_stats_t ram_stats;
static long ds_error;
static unsigned ds_questions;  // asked of the driver's dataspace itself
static bool foreign;           // it is not moe's
static bool equal;             // what the kernel says of two capabilities
static uint8_t *ram_mem;
static l4_cap_idx_t received_irq = L4_INVALID_CAP;  // the driver's capability of the notify irq

static bool driver_lives;  // else its capabilities have disappeared with its task
static uint64_t now;

static int guard_error;  // of l4re_guard_init

static l4_cap_idx_t const RAM_DS = 0x900000, DRIVER_IRQ = 0xa00000;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

int l4re_guard_init(void) { return guard_error; }
l4_kernel_info_t const *l4re_kip(void) { return NULL; }
l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip) { (void)kip; return now; }

l4_cap_idx_t l4re_util_cap_alloc(void)
{
    for (unsigned i = 1; i < CAPS; i++)
        if (!cap_used[i]) {
            cap_used[i] = true;
            n_caps++;
            return (l4_cap_idx_t)i << L4_CAP_SHIFT;
        }
    return L4_INVALID_CAP;
}

void l4re_util_cap_free(l4_cap_idx_t c)
{
    ck_assert(c >> L4_CAP_SHIFT < CAPS && cap_used[c >> L4_CAP_SHIFT]);
    cap_used[c >> L4_CAP_SHIFT] = false;
    n_caps--;
}

void l4re_util_cap_free_um(l4_cap_idx_t c) { l4re_util_cap_free(c); }

long l4re_ma_alloc(unsigned long size, l4re_ds_t ds, unsigned long flags)
{
    (void)flags;
    ck_assert_uint_eq(size, 4096);
    config_cap = ds;
    return 0;
}

long l4re_ds_info(l4re_ds_t ds, l4re_ds_stats_t *st)
{
    (void)ds;
    ds_questions++;
    *st = ram_stats;
    return ds_error;
}

long l4re_ds_copy_in(l4re_ds_t dst, l4re_ds_offset_t dst_offs, l4re_ds_t src,
                     l4re_ds_offset_t src_offs, unsigned long size)
{
    (void)src, (void)src_offs;
    ck_assert(dst == config_cap && !dst_offs && !size);
    return foreign ? -L4_EINVAL : 0;
}

int l4re_rm_attach(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                   l4re_rm_offset_t offs, unsigned char align)
{
    (void)flags, (void)align, (void)mem;
    n_attached++;
    if (size == 4096 && offs == 0) {  // device side first, then driver side
        *start = config_page;
        return 0;
    }
    if (offs > RAM || size > RAM - offs) { // who asked for it, does not know how long a foreign dataspace is
        n_attached--;
        return -L4_ERANGE;
    }
    *start = ram_mem + offs;
    return 0;
}

int l4re_rm_detach(void *addr)
{
    ck_assert_ptr_nonnull(addr);
    n_attached--;
    return 0;
}

static int enter(struct srv_object *o)
{
    unsigned i = 0;
    while (objects[i])
        i++;
    objects[i] = o;
    o->cap = l4re_util_cap_alloc();
    return 0;
}

int srv_register(struct srv *s, struct srv_object *o) { (void)s; return enter(o); }
int srv_register_irq(struct srv *s, struct srv_object *o) { (void)s; return enter(o); }

void srv_unregister(struct srv *s, struct srv_object *o)
{
    (void)s;
    for (unsigned i = 0; i < 4; i++)
        if (objects[i] == o)
            objects[i] = NULL;
    l4re_util_cap_free(o->cap);
}

// The loop's receive buffer becomes the object's: a new slot.
l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned)
{
    (void)s;
    *owned = true;
    return item->kind == MSG_ITEM_CAP ? l4re_util_cap_alloc() : L4_INVALID_CAP;
}

static void receive_items(l4_msgtag_t tag)
{
    for (unsigned i = 0; i < l4_msgtag_items(tag); i++) {
        l4_umword_t *w = &utcb.msg.mr[l4_msgtag_words(tag) + 2 * i];
        if (w[0])
            w[0] = (w[0] & ~0xffful) | (w[1] & 0xff0) | L4_ITEM_MAP;
    }
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    l4_cap_idx_t cap = dest & L4_CAP_INDEX_MASK;
    if (cap == received_irq && objects[0])
        cap = objects[0]->cap;  // two capabilities of one object
    for (unsigned i = 0; i < 4; i++)
        if (objects[i] && objects[i]->cap == cap) {
            l4_buf_regs_t client = utcb.buf;
            utcb.buf.br[0] = 0x8000000 | L4_RCV_ITEM_SINGLE_CAP;
            receive_items(tag);
            tag = objects[i]->ops->dispatch(objects[i], 0, tag, &utcb);
            utcb.buf = client;
            receive_items(tag);
            return tag;
        }
    if (l4_msgtag_label(tag) == L4_PROTO_TASK)  // cap_equal or cap_valid
        return l4_msgtag(l4_msgtag_words(tag) == 3 ? equal : driver_lives, 0, 0, 0);
    if (!l4_msgtag_words(tag))
        irq_triggers++;
    return tag;
}

static unsigned resets, starts, notifies, gones;
static bool refuse;
static struct vq_dev queue;

static void on_reset(struct l4virtio_device *d) { (void)d; resets++; vq_dev_reset(&queue); }
static bool on_features(struct l4virtio_device *d) { (void)d; return !refuse; }
static void on_notify(struct l4virtio_device *d) { (void)d; notifies++; }
static void on_gone(struct l4virtio_device *d) { (void)d; gones++; }
static int on_start(struct l4virtio_device *d)
{
    starts++;
    return l4virtio_device_setup_queue(d, 0, &queue);
}

static struct l4virtio_device_ops const ops = {
    on_reset, on_features, on_start, on_notify, on_gone
};
static struct l4virtio_device dev;
static struct l4virtio_driver drv;

static void setup(void)
{
    driver_lives = true;
    config_page = aligned_alloc(4096, 4096);
    ram_mem = aligned_alloc(4096, RAM);
    memset(config_page, 0xee, 4096);
    ram_stats = (l4re_ds_stats_t){ RAM - 100, L4RE_DS_F_RW };
    uint16_t const num_max[1] = { 64 };
    struct l4virtio_device_params p = {
        "test", L4VIRTIO_ID_CONSOLE, 8, 1, num_max, 2, { NULL, 0 }
    };
    ck_assert_int_eq(l4virtio_device_init(&dev, &server, &ops, &p), 0);
    ck_assert_int_eq(l4virtio_driver_open(&drv, dev.object.cap), 0);
    received_irq = drv.notify_irq;
    ck_assert_int_eq(l4virtio_bind_irq(drv.dev, 0, DRIVER_IRQ), 0);
    ck_assert_int_eq(l4virtio_bind_irq(drv.dev, 1, DRIVER_IRQ), -L4_ERANGE);
}

static void teardown(void)
{
    l4virtio_driver_close(&drv);
    dev.object.ops->gone(&dev.object);
    l4re_util_cap_free(dev.object.cap);  // the loop does that
    ck_assert_uint_eq(gones, 1);
    ck_assert_uint_eq(n_attached, 0);
    ck_assert_uint_eq(n_caps, 0);
    free(config_page);
    free(ram_mem);
}

static uint32_t status(uint32_t s)
{
    uint32_t r = 0xdead;
    ck_assert_int_eq(l4virtio_driver_status(&drv, s, &r), 0);
    return r;
}

static uint32_t bring_up(void)
{
    status(0);
    status(1);
    status(3);
    drv.config->driver_features_map[1] = 1;
    ck_assert_uint_eq(status(0xb), 0xb);
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0x40000000, 0x1000, 0x4000), 0);
    volatile l4virtio_config_queue_t *q = l4virtio_driver_queue(&drv, 0);
    q->num = 64;
    q->desc = 0x40000000;
    q->avail = 0x40001000;
    q->used = 0x40002000;
    q->ready = 1;
    ck_assert_int_eq(l4virtio_config_queue(drv.dev, 0),
                     ram_stats.flags & L4RE_DS_F_W ? 0 : -L4_EINVAL);
    return status(0xf);
}

START_TEST(life)
{
    ck_assert_uint_eq(l4virtio_driver_config_size(&drv), 16);
    ck_assert(!l4virtio_driver_queue(&drv, 1));
    ck_assert_uint_eq(drv.config->device, L4VIRTIO_ID_CONSOLE);
    l4virtio_driver_notify(&drv);
    ck_assert_uint_eq(notifies, 0);  // not running
    ck_assert_uint_eq(bring_up(), 0xf);
    ck_assert(vq_dev_ready(&queue));
    l4virtio_driver_notify(&drv);
    ck_assert_uint_eq(notifies, 1);
    l4virtio_device_kick(&dev);
    ck_assert_uint_eq(irq_triggers, 1);
    ck_assert_uint_eq(drv.config->irq_status, 1);
    l4virtio_device_error(&dev, "test");
    ck_assert_uint_eq(drv.config->status, 0x4f);
    ck_assert_uint_eq(drv.config->irq_status, 3);
    l4virtio_driver_notify(&drv);
    ck_assert_uint_eq(notifies, 1);
    ck_assert_uint_eq(n_attached, 3);
    ck_assert_uint_eq(bring_up(), 0xf);  // after a reset everything works again
    ck_assert_uint_eq(n_attached, 3);
}
END_TEST

START_TEST(driver_dies)
{
    bring_up();
    now += 60 * 1000000;
    srv_run_timers(&server);
    ck_assert_uint_eq(n_attached, 3);
    ck_assert_uint_eq(drv.config->status, 0xf);
    unsigned before = resets;
    driver_lives = false;
    now += 2 * 1000000;
    srv_run_timers(&server);
    ck_assert_uint_eq(n_attached, 2); // its memory is given up
    ck_assert_uint_eq(resets, before + 1);
    ck_assert_uint_eq(drv.config->status, 0);
    ck_assert_uint_eq(srv_run_timers(&server), 0); // nothing left to look at
    driver_lives = true;
    ck_assert_int_eq(l4virtio_bind_irq(drv.dev, 0, DRIVER_IRQ), 0);
    ck_assert_uint_eq(bring_up(), 0xf);
}
END_TEST

START_TEST(memory)
{
    status(0);
    struct {
        uint64_t base, offset, size;
        int result;
    } const t[] = {
        { 0x40000000, 0, 0, -L4_EINVAL },
        { 0x40000000, 0, ~0ull, -L4_EINVAL },
        { 0x40000000, ~0xfffull, 0x2000, -L4_ERANGE },
        { ~0xfffull, 0, 0x2000, -L4_ERANGE },
        { 0x40000000, RAM, 0x1000, -L4_ERANGE },
        { 0x40000000, RAM - 0x1000, 0x2000, -L4_EINVAL },
        { 0x40000123, RAM - 0x1000, 0x100, 0 },              // widened to the page
        { 0x40000000, 0x2000, 0x1000, -L4_EINVAL },          // overlaps
        { 0x3ffff000, 0x2000, 0x1000, 0 },
        { 0x50000000, 0x2000, 0x1000, -L4_ENOMEM },          // ds-max is 2
    };
    unsigned caps = n_caps, attached = n_attached;
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++)
        ck_assert_msg(l4virtio_register_ds(drv.dev, RAM_DS, t[i].base, t[i].offset, t[i].size)
                          == t[i].result, "case %u", i);
    ck_assert_uint_eq(n_caps, caps + 2);
    ck_assert_uint_eq(n_attached, attached + 2);
    status(0);
    ck_assert_uint_eq(n_caps, caps);
    ck_assert_uint_eq(n_attached, attached);

    ds_error = -L4_EPERM;
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0, 0, 0x1000 + 1), -L4_EPERM);
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, L4_INVALID_CAP, 0, 0, 0x2000), -L4_EMSGMISSARG);
    ds_error = -L4_ENOSYS;  // device memory of a bus
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0, 0, 0x2000), 0);
    ds_error = 0;
    status(0);
    ram_stats.flags = L4RE_DS_F_R;  // rings cannot lie in read-only memory
    ck_assert_uint_eq(bring_up() & 0x40, 0x40);
}
END_TEST

// Memory of a server that may never answer: it is not talked to, unless it is trusted by name.
START_TEST(foreign_memory)
{
    static l4_cap_idx_t const trusted[] = { 0xb00000 };
    unsigned caps = n_caps;
    ds_questions = 0;
    foreign = true;
    status(0);
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0, 0, 0x2000), -L4_EINVAL);
    dev.trusted = (struct l4virtio_trusted){ trusted, 1 };
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0, 0, 0x2000), -L4_EINVAL);
    ck_assert_uint_eq(ds_questions, 0);
    ck_assert_uint_eq(n_caps, caps);
    equal = true;
    ck_assert_int_eq(l4virtio_register_ds(drv.dev, RAM_DS, 0, 0, 0x2000), 0);
    foreign = equal = false;
}
END_TEST

START_TEST(refusals)
{
    status(0);
    ck_assert_int_eq(l4virtio_config_queue(drv.dev, 0), -L4_EIO);
    status(3);
    ck_assert_int_eq(l4virtio_config_queue(drv.dev, 1), -L4_ERANGE);
    l4virtio_driver_queue(&drv, 0)->ready = 1;
    ck_assert_int_eq(l4virtio_config_queue(drv.dev, 0), -L4_EINVAL);
    drv.config->driver_features_map[1] = 1;
    refuse = true;
    ck_assert_uint_eq(status(0xb), 3);
    refuse = false;
    ck_assert_uint_eq(status(0xf), 0x4f);  // queue is not usable
    ck_assert_uint_eq(starts, 1);
    ck_assert_int_eq(l4virtio_device_notification_irq(drv.dev, 1, 0x5000), -L4_ERANGE);

    bring_up();
    unsigned before = resets;
    ck_assert_uint_eq(status(3), 0x4f);  // bits taken back while running
    ck_assert_uint_eq(resets, before + 1);
    bring_up();
    before = resets;
    ck_assert_uint_eq(status(0x8f), 0x8f);
    ck_assert_uint_eq(resets, before + 1);
}
END_TEST

// Words as in the protocol's table; too short ones; unknown ones.
START_TEST(layout)
{
    l4_umword_t *mr = utcb.msg.mr, label = 0;
    mr[0] = 4;
    l4_msgtag_t t = l4_invoke(l4_msgtag(0, 1, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert(l4_msgtag_label(t) == 0 && l4_msgtag_words(t) == 1 && l4_msgtag_items(t) == 1);
    ck_assert_uint_eq(mr[0], 0);
    ck_assert_uint_eq(l4_fpage_obj((l4_fpage_t){ mr[2] }), config_cap);
    mr[0] = (l4_umword_t)1 << 32;  // set_status(1)
    t = l4_invoke(l4_msgtag(0, 1, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    ck_assert_uint_eq(drv.config->status, 1);
    t = l4_invoke(l4_msgtag(0, 0, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_EMSGTOOSHORT);
    mr[0] = 2;
    t = l4_invoke(l4_msgtag(0, 1, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_ENOSYS);
    mr[0] = 3;
    t = l4_invoke(l4_msgtag(0, 3, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_EMSGTOOSHORT);
    t = l4_invoke(l4_msgtag(0x4000, 1, 0, 0), &label, drv.dev, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_EBADPROTO);
}
END_TEST

// The page belongs to the device's server, which can take it away.
START_TEST(page_is_gone)
{
    void *nothing = mmap(NULL, L4VIRTIO_CONFIG_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile l4virtio_config_hdr_t *page = drv.config;
    ck_assert_ptr_ne(nothing, MAP_FAILED);
    drv.config = nothing;
    uint32_t now_status = 0x55;
    ck_assert_int_eq(l4virtio_driver_status(&drv, 1, &now_status), -L4_EIO);
    ck_assert_uint_eq(now_status, 0x55);
    ck_assert(!l4virtio_driver_queue(&drv, 0));
    ck_assert_uint_eq(l4virtio_driver_config_size(&drv), 0);
    drv.config = page;
    munmap(nothing, L4VIRTIO_CONFIG_SIZE);
}
END_TEST

// Nothing is served, or used, without what makes the loss of memory harmless.
START_TEST(no_guard)
{
    static struct l4virtio_device other;
    struct l4virtio_driver second;
    uint16_t const num_max[1] = { 64 };
    struct l4virtio_device_params p = { "other", L4VIRTIO_ID_CONSOLE, 8, 1, num_max, 2, { NULL, 0 } };
    unsigned caps = n_caps, attached = n_attached;
    guard_error = -L4_ENOMEM;
    ck_assert_int_eq(l4virtio_device_init(&other, &server, &ops, &p), -L4_ENOMEM);
    ck_assert_int_eq(l4virtio_driver_open(&second, dev.object.cap), -L4_ENOMEM);
    guard_error = 0;
    ck_assert_uint_eq(n_caps, caps);
    ck_assert_uint_eq(n_attached, attached);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4virtio_device");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, life);
    tcase_add_test(t, driver_dies);
    tcase_add_test(t, memory);
    tcase_add_test(t, foreign_memory);
    tcase_add_test(t, refusals);
    tcase_add_test(t, layout);
    tcase_add_test(t, page_is_gone);
    tcase_add_test(t, no_guard);
    suite_add_tcase(s, t);
    return unit_run(s);
}
