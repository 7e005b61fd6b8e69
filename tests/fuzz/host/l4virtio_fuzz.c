// SPDX-License-Identifier: MIT
// An L4 virtio device whose driver sends any message, and writes what it likes into the configuration page and its own memory.
#include "l4virtio_device_test.c"

#include "input.h"

// A request by hand.
static void send_words(struct input *in)
{
    l4_umword_t *mr = utcb.msg.mr, label = 0;
    uint8_t const kind = in_u8(in);
    unsigned const words = in_below(in, 8), items = kind >> 2 & 3;
    static long const protocols[] = {L4_PROTO_NONE, L4_PROTO_IRQ, L4_PROTO_META, 4711};
    for (unsigned i = 0; i < words; i++)
        mr[i] = in_number(in);
    for (unsigned i = 0; i < items; i++) {
        mr[words + 2 * i] = in_u8(in) & 1 ? L4_ITEM_MAP | (in_u8(in) & 0xe) : 0;
        mr[words + 2 * i + 1] = l4_obj_fpage(RAM_DS, 0, L4_CAP_FPAGE_RWS).raw;
    }
    l4_invoke(l4_msgtag(protocols[kind & 3], words, items, 0), &label, dev.object.cap, L4_IPC_NEVER);
}

// One that the library knows, with any numbers.
static void send_request(struct input *in)
{
    uint32_t result;
    switch (in_u8(in) % 6) {
    case 0: l4virtio_driver_status(&drv, in_u8(in), &result); break;
    case 1: l4virtio_config_queue(drv.dev, in_u8(in)); break;
    case 2: {
        uint64_t const base = in_number(in), offset = in_number(in), size = in_number(in);
        l4virtio_register_ds(drv.dev, RAM_DS, base, offset, size);
        break;
    }
    case 3: l4virtio_bind_irq(drv.dev, in_u8(in), DRIVER_IRQ); break;
    case 4: l4virtio_device_notification_irq(drv.dev, in_u8(in), 0x5000); break;
    default: l4virtio_driver_notify(&drv); break;
    }
}

static void write_page(struct input *in)
{
    unsigned const at = in_below(in, 512), n = in_below(in, 17);
    in_bytes(in, config_page + at, n);
}

static void write_ram(struct input *in)
{
    unsigned const at = in_u16(in) % (RAM - 16);
    in_bytes(in, ram_mem + at, in_below(in, 17));
}

// What surrounds it: other servers, the driver's end, time.
static void change(struct input *in)
{
    static l4_cap_idx_t const trusted[] = {0xb00000};
    uint8_t const what = in_u8(in);
    foreign = what & 1;
    equal = what & 2;
    dev.trusted = (struct l4virtio_trusted){trusted, what >> 2 & 1};
    driver_lives = what & 8;
    ram_stats.flags = what & 16 ? L4RE_DS_F_R : L4RE_DS_F_RW;
    ds_error = what & 32 ? -L4_ENOSYS : what & 64 ? -L4_EPERM : 0;
    refuse = what & 128;
    now += 700000;
    srv_run_timers(&server);
}

static void use_device(struct input *in)
{
    switch (in_u8(in) & 3) {
    case 0: l4virtio_device_kick(&dev); break;
    case 1: l4virtio_device_error(&dev, "of the fuzzer"); break;
    case 2: l4virtio_config_offer(&dev.config, in_u8(in), in_u8(in) & 1); break;
    default: l4virtio_device_setup_queue(&dev, in_u8(in), &queue); break;
    }
}

static void start(void)
{
    foreign = equal = refuse = false;
    ds_error = guard_error = 0;
    gones = 0;
    memset(objects, 0, sizeof(objects));
    memset(&server, 0, sizeof(server));
    setup();
}

static void finish(void)
{
    driver_lives = true;
    l4virtio_driver_close(&drv);
    dev.object.ops->gone(&dev.object);
    l4re_util_cap_free(dev.object.cap);
    ck_assert_uint_eq(gones, 1);
    ck_assert_uint_eq(n_attached, 0);
    ck_assert_uint_eq(n_caps, 0);
    free(config_page);
    free(ram_mem);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {send_words, send_request, write_page, write_ram, change};
    start();
    if (in_u8(&in) & 1)
        bring_up();
    while (in_more(&in)) {
        uint8_t const step = in_u8(&in);
        if (step == 0xff)
            use_device(&in);
        else
            steps[step % 5](&in);
    }
    finish();
    return 0;
}
