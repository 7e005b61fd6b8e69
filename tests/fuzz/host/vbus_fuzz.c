// SPDX-License-Identifier: MIT
// Virtual busses: any message of their clients, to the bus, its dataspace, its interrupt controller; busses of any devices.
#include "vbus_test.c"

#include "input.h"

static l4_umword_t an_operation(struct input *in)
{
    uint8_t const op = in_u8(in);
    return (op & 0xc0 ? (l4_umword_t)(op & 0x40 ? 0x80000000u : 0x14000000u) : 0) | (op & 0xf);
}

static void send_words(struct input *in)
{
    static long const protocols[] = {L4_PROTO_NONE, L4RE_PROTO_DATASPACE, L4RE_PROTO_INHIBITOR, L4RE_PROTO_EVENT, L4_PROTO_IRQ,
                                     L4_PROTO_META};
    struct srv_object *o = objects[in_below(in, n_objects)];
    uint8_t const form = in_u8(in);
    unsigned const words = form >> 4, items = form >> 3 & 1;
    long const protocol = protocols[(form & 7) % 6];
    memset(&utcb, 0x55, sizeof(utcb));
    for (unsigned i = 0; i < words; i++)
        utcb.msg.mr[i] = i == 1 && protocol == L4_PROTO_NONE ? an_operation(in) : in_number(in);
    utcb.msg.mr[words] = L4_ITEM_MAP | (in_u8(in) & 0xe);
    utcb.buf.br[0] = CLIENT_IRQ | L4_RCV_ITEM_SINGLE_CAP;
    o->ops->dispatch(o, 0, l4_msgtag(protocol, words, items, 0), &utcb);
}

static void ask_by_text(struct input *in)
{
    char text[300], hid[64];
    l4vbus_device_handle_t dev = in_u8(in);
    l4vbus_device_t info;
    in_text(in, text, sizeof(text));
    if (in_u8(in) & 1) {
        l4vbus_is_compatible(GATE, dev, text);
        l4vbus_get_hid(GATE, dev, hid, sizeof(hid));
    } else {
        dev = L4VBUS_NULL;
        l4vbus_get_device_by_hid(GATE, 0, &dev, in_u8(in) & 1 ? "BIG" : text, in_u8(in), &info);
    }
}

static void note(void *arg, char const *text)
{
    *(size_t *)arg += strlen(text);
}

// What a configuration makes.
static void use_bus_data(struct input *in)
{
    char name[24];
    size_t said = 0;
    l4vbus_device_t info;
    in_text(in, name, sizeof(name));
    struct bus *b = bus_new(name, "here");
    if (!b)
        return;
    for (unsigned n = in_u8(in) % 6; n; n--) {
        in_text(in, name, sizeof(name));
        struct bus_device *d = bus_add_device(b, name, "there", in_u8(in) & 7);
        if (!d)
            continue;
        bus_set_hid(d, in_u8(in) & 1 ? name : "HID");
        bus_add_cid(d, name);
        for (unsigned k = in_u8(in) % 4; k; k--) {
            unsigned const type = in_u8(in), flags = in_u8(in);
            uint64_t const from = in_number(in);
            bus_add_resource(d, type, flags, from, from + in_number(in), name);
        }
    }
    bus_check_overlaps(b, note, &said);
    for (l4vbus_device_handle_t h = L4VBUS_NULL; (h = bus_next(b, in_u8(in) & 3, h, in_u8(in))) != L4VBUS_NULL;)
        bus_device_info(b, h, &info);
    bus_device_is_compatible(&b->devices[0], name);
    bus_find_resource(b, L4VBUS_RESOURCE_MEM, in_number(in));
    bus_free(b);
}

static void start(void)
{
    static bool started;
    if (!started)
        setup();
    started = true;
    memset(kernel_bound, 0, sizeof(kernel_bound));
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {send_words, ask_by_text, use_bus_data};
    start();
    while (in_more(&in))
        steps[in_below(&in, 3)](&in);
    return 0;
}
