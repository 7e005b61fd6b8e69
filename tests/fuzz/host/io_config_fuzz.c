// SPDX-License-Identifier: MIT
// io's configuration files: programs, of pieces that are such or nearly such, with any numbers in them. They hold no
// loop, since one that never ends is io's owner's own affair.
#include "io_config_test.c"

#include "input.h"

// %s: a number, or what is none.
static char const *const pieces[] = {
    "Io.hw_add_devices(function()\n", "end)\n", "end);\n", "Io.add_vbusses\n{\n", "}\n",
    "vm_hw = Io.Vi.System_bus(function()\n",
    "nobody = Io.Vi.System_bus(function()\n", "dev = Io.Hw.Device(function()\n", "other = Io.Hw.Device(function()\n",
    "dma = Io.Hw.Arm_dma_device(function()\n", "compatible = 'c';\n", "compatible = {'x', 'y'};\n", "compatible = %s;\n",
    "Resource.reg0 = Io.Res.mmio(%s, %s);\n", "Resource.reg1 = Io.Res.mmio(0x1000, %s);\n", "Resource.irq0 = Io.Res.irq(%s);\n",
    "Resource.irqs = Io.Res.irq({%s, %s});\n", "Resource.register = Io.Res.mmio_r(0, %s);\n", "Resource.x = %s;\n",
    "Resource.none = Io.Resource(%s, %s, %s, %s);\n", "Property.hid = 'HID';\n", "Property.adr = %s;\n", "Property.sid = %s;\n",
    "Property.foo = 1;\n", "x = wrap(Io.system_bus().dev);\n", "y = wrap(Io.system_bus():match('c', 'x'));\n",
    "z = wrap(%s);\n", "w = wrap(Io.system_bus():device('dev.dma'));\n", "Io.add_vbus('one', Io.Vi.System_bus(function()\n",
    "end))\n", "Property.num_msis = %s;\n", "Io.Vi.PCI_bus()\n", "Io.Hw.Devise()\n", "local x = %s\n", "error(%s)\n",
    "Io.Dt.add_children(Io.system_bus(), function()\n", "Io.system_bus().x = 1\n", "c_%s = Io.Hw.Device();\n",
    "Io.Dt.add_device_data(%s)\n", "name_that_is_too_long = Io.Vi.System_bus(function()\n", "print(%s)\n", "x.y = %s\n",
    "two = Io.Vi.System_bus(function()\n", "Io.system_bus().dev.compatible = %s\n", "a = Io.Vi.Wrap_bus()\n",
};
enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };

static void put_value(char *text, size_t size, struct input *in)
{
    static char const *const others[] = {"nil", "'x'", "{}", "function() end", "1.5", "-1", "Io.Resource.Mmio_res",
                                         "Io.Resource.Irq_type_level_high"};
    uint8_t const form = in_u8(in);
    if (form < sizeof(others) / sizeof(others[0]))
        snprintf(text, size, "%s", others[form]);
    else
        snprintf(text, size, "0x%llx", (unsigned long long)in_number(in));
}

// Appends a piece; its numbers come from the input.
static void put_piece(char *text, size_t size, struct input *in, char const *piece)
{
    for (; *piece; piece++) {
        size_t const used = strlen(text);
        if (piece[0] == '%' && piece[1] == 's')
            put_value(text + used, size - used, in), piece++;
        else
            snprintf(text + used, size - used, "%c", *piece);
    }
}

// The whole of document_cfg and document_vbus, or one of pieces.
static void run_file(struct input *in)
{
    static char text[8192];
    uint8_t const form = in_u8(in);
    text[0] = 0;
    for (unsigned n = form & 63; n && in_more(in); n--)
        put_piece(text, sizeof(text), in, pieces[in_u8(in) % PIECES]);
    logged[0] = 0;
    run("x.cfg", form & 0x80 ? document_cfg : text);
    if (form & 0x80)
        run("y.vbus", form & 0x40 ? text : document_vbus);
}

static void check_map(struct input *in)
{
    l4_kernel_info_mem_desc_t d[4];
    in_bytes(in, d, sizeof(d));
    memory_map_check(d, 4, in_number(in), in_number(in));
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    setup();
    check_map(&in);
    for (unsigned n = 0; in_more(&in) && n < 4; n++)
        run_file(&in);
    config_finish(conf);
    teardown();
    return 0;
}
