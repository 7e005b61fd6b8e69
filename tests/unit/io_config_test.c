// SPDX-License-Identifier: MIT
// io's configuration files: what becomes of good ones, what is said about bad ones.
#include <check.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "config.h"
#include "memory_map.h"
#include "unit_run.h"

static char logged[16384];
static struct bus *busses[4];
static unsigned n_busses;
static struct config *conf;

static char const *mmio_check(uint64_t start, uint64_t end)
{
    return end >= 0x40000000 && start < 0x80000000 ? "it covers RAM" : NULL;
}

static char const *irq_check(uint64_t first, uint64_t last)
{
    (void)first;
    return last >= 288 ? "there are 288 interrupts" : NULL;
}

static struct pci_space *pci_open(uint64_t base, uint64_t size, char const **why)
{
    (void)base, (void)size;
    *why = "there is no PCI here"; // but in io_pci_test.c
    return NULL;
}

static char const *publish(struct bus *b)
{
    if (n_busses == sizeof(busses) / sizeof(busses[0])) {
        bus_free(b);
        return "that are too many";
    }
    busses[n_busses++] = b;
    return strcmp(b->name, "nobody") ? NULL : "no capability of that name";
}

static void log_line(unsigned level, char const *text)
{
    size_t const used = strlen(logged);
    (void)level;
    if (used + strlen(text) + 2 <= sizeof(logged))
        sprintf(logged + used, "%s\n", text);
}

static struct config_host const host = {
    .mmio_check = mmio_check, .irq_check = irq_check, .pci_open = pci_open, .publish = publish, .log = log_line
};

static void setup(void)
{
    logged[0] = 0;
    n_busses = 0;
    conf = config_new(&host);
    ck_assert_ptr_nonnull(conf);
}

static void teardown(void)
{
    config_free(conf);
    for (unsigned i = 0; i < n_busses; i++)
        bus_free(busses[i]);
}

static int run(char const *file, char const *text)
{
    return config_run(conf, file, text, strlen(text));
}

#define SAYS(text) ck_assert_msg(strstr(logged, text) != NULL, "no '%s' in:\n%s", text, logged)

// As they stand in the hands-on document.
static char const document_cfg[] =
    "local Res = Io.Res\n"
    "local Hw = Io.Hw\n"
    "\n"
    " \n"
    "local add_children = Io.Dt.add_children\n"
    "\n"
    "add_children(Io.system_bus(), function()\n"
    "  rtc = Hw.Device(function()\n"
    "    compatible = { \"arm,pl031\" };\n"
    "    Resource.reg0 = Res.mmio(0x9010000, 0x9010fff);\n"
    "    Resource.irq0 = Res.irq(32 + 2, Io.Resource.Irq_type_level_high);\n"
    "  end)\n"
    "end)\n";
static char const document_vbus[] =
    "Io.add_vbusses\n"
    "{\n"
    "  vm_hw = Io.Vi.System_bus(function()\n"
    "    PL031 = wrap(Io.system_bus().rtc);\n"
    "  end);\n"
    "}\n";

START_TEST(document)
{
    ck_assert_int_eq(run("rom/io.cfg", document_cfg), 0);
    ck_assert_int_eq(run("rom/vm_hw.vbus", document_vbus), 0);
    config_finish(conf);
    ck_assert_str_eq(logged, "");
    ck_assert_uint_eq(n_busses, 1);
    struct bus *b = busses[0];
    ck_assert_str_eq(b->name, "vm_hw");
    ck_assert_uint_eq(b->n_devices, 3);
    struct bus_device *d = &b->devices[2];
    ck_assert_str_eq(d->name, "PL031");
    ck_assert_str_eq(d->where, "rom/vm_hw.vbus:4");
    ck_assert_uint_eq(d->depth, 1);
    ck_assert(bus_device_is_compatible(d, "arm,pl031"));
    ck_assert(!bus_device_is_compatible(d, "arm,pl03"));
    ck_assert_uint_eq(d->n_resources, 2);
    l4vbus_resource_t const *r = d->resources;
    ck_assert(r[0].type == 2 && r[0].flags == 3);
    ck_assert(r[0].start == 0x9010000 && r[0].end == 0x9010fff);
    ck_assert_uint_eq(r[0].id, l4vbus_resource_id("reg0"));
    ck_assert(r[1].type == 1 && r[1].flags == 3 && r[1].start == 34 && r[1].end == 34);
    ck_assert_uint_eq(r[1].id, 0x30717269);
    ck_assert(!b->dma);
}
END_TEST

START_TEST(several_devices)
{
    ck_assert_int_eq(run("a.cfg",
        "Io.hw_add_devices(function()\n"
        "  uart = { Io.Hw.Device(function() compatible = 'u';"
        " Resource.reg0 = Io.Res.mmio(0x1000, 0x1fff) end),\n"
        "           Io.Hw.Device(function() compatible = {'x', 'u'} end) }\n"
        "  soc = Io.Hw.Device(function()\n"
        "    Property.hid = 'SOC'; Property.adr = 7\n"
        "    local base = 0x2000\n"
        "    reg = { Io.Res.mmio_r(base, base + 0xfff),"
        " Io.Res.mmio(base + 0x1000, base + 0x1fff, Io.Resource.F_cached_mem) }\n"
        "    Resource.none = Io.Resource(Io.Resource.Mmio_res, Io.Resource.F_internal, 5, 6)\n"
        "    Resource.irqs = Io.Res.irq({40, 42})\n"
        "    dma = Io.Hw.Arm_dma_device(function() compatible = 'd'; Property.sid = 3 end)\n"
        "  end)\n"
        "end)\n"
        "assert(Io.system_bus():device('soc.dma') == Io.system_bus().soc.dma)\n"
        "assert(#Io.system_bus():match('u', 'd') == 3)\n"
        "local n = 0; for d in Io.system_bus():devices() do n = n + 1 end; assert(n == 4)\n"), 0);
    ck_assert_str_eq(logged, "");
    ck_assert_int_eq(run("b.vbus",
        "Io.add_vbus('one', Io.Vi.System_bus(function()\n"
        "  u = wrap(Io.system_bus():match('u')); s = wrap(Io.system_bus().soc);\n"
        "  Property.allow_dma = true end))\n"), 0);
    config_finish(conf);
    SAYS("device 'dma' of bus 'one' can reach all memory of the machine");
    struct bus *b = busses[0];
    ck_assert_uint_eq(b->n_devices, 6);
    ck_assert_str_eq(b->devices[2].name, "u[1]");
    ck_assert_str_eq(b->devices[3].name, "u[2]");
    ck_assert_str_eq(b->devices[5].name, "dma");
    ck_assert(b->dma);
    struct bus_device *soc = &b->devices[4];
    ck_assert(soc->has_adr && soc->adr == 7);
    ck_assert_uint_eq(soc->n_resources, 5);
    ck_assert_uint_eq(soc->resources[0].flags, 1);
    ck_assert_uint_eq(soc->resources[1].flags, 0x23);
    ck_assert_uint_eq(soc->resources[4].start, 42);
    ck_assert_uint_eq(soc->resources[4].id, l4vbus_resource_id("irqs"));

    // handles and walks
    ck_assert_int_eq(bus_next(b, 0, -1, 100), 1);
    ck_assert_int_eq(bus_next(b, 0, 4, 100), 5);
    ck_assert_int_eq(bus_next(b, 0, 4, 1), -1);
    ck_assert_int_eq(bus_next(b, 4, -1, 100), 5);
    ck_assert_int_eq(bus_next(b, 3, -1, 100), -1);
    ck_assert_int_eq(bus_next(b, 0, 5, 100), -1);
    ck_assert_int_eq(bus_next(b, 99, -1, 100), -1);
    ck_assert_int_eq(bus_next(b, 0, INT64_MAX, 100), -1);
    ck_assert_int_eq(bus_next(b, 4, 2, 100), -1);
    l4vbus_device_t info;
    bus_device_info(b, 4, &info);
    ck_assert_str_eq(info.name, "s");
    ck_assert_uint_eq(info.flags, L4VBUS_DEVICE_F_CHILDREN);
    bus_device_info(b, 2, &info);
    ck_assert_str_eq(info.name, "");
    bus_device_info(b, 1, &info);
    ck_assert_str_eq(info.name, "L4ICU");
    ck_assert_uint_eq(info.type, 1);
    ck_assert_ptr_nonnull(bus_find_resource(b, L4VBUS_RESOURCE_MEM, 0x3fff));
    ck_assert_ptr_null(bus_find_resource(b, L4VBUS_RESOURCE_MEM, 0x4000));
    ck_assert_ptr_null(bus_find_resource(b, L4VBUS_RESOURCE_IRQ, 0x3fff));
}
END_TEST

// What is wrong is said with file and line, and the rest goes on.
START_TEST(messages)
{
    struct {
        char const *text, *says;
        int result;
    } const t[] = {
        { "x = ", "t.cfg: error using as lua config: t.cfg:1:", -1 },
        { "local a\na.b = 1", "t.cfg: error executing lua config: t.cfg:2:", -1 },
        { "error({})", "error executing lua config", -1 },
        { "Io.Hw.Devise()", "t.cfg:1: could not create device: Devise", 0 },
        { "Io.Vi.PCI_PCI_bridge()", "t.cfg:1: could not create virtual device: PCI_PCI_bridge", 0 },
        { "Io.Hw.Ecam_pcie_bridge({ Property = { cfg_base = 'x' } })", "property 'cfg_base' is a number", -1 },
        { "\nIo.Res.mmio(0x2000, 0x1000)", "t.cfg:2: mmio resource starts at 0x2000", -1 },
        { "Io.Res.mmio(-1, 0x1000)", "t.cfg:1: mmio resource starts at 0xffffffffffffffff", -1 },
        { "Io.Res.irq('x')", "an integer is needed, not x", -1 },
        { "Io.Res.mmio(nil)", "an integer is needed, not nil", -1 },
        { "Io.hw_add_devices(function()\n  x = 5\nend)",
          "t.cfg:2: cannot handle device member: 'x'", -1 },
        { "Io.hw_add_devices(function()\n  d = Io.Hw.Device(function() compatible = 5 end)\nend)",
          "t.cfg:2: compatible:", -1 },
        { "Io.Hw.Device(function()\n  Property.foo = 1 end)",
          "t.cfg:2: error: no property 'foo' registered", 0 },
        { "Io.Hw.Device(function() Property.hid = 1 end)", "'hid' is a string", -1 },
        { "Io.Hw.Device(function() Resource.x = 1 end)",
          "WARNING: 'x' in 'Resource' table is not a resource.", 0 },
        { "Io.Hw.Device(function() Resource.register = Io.Res.mmio(0,1) end)",
          "resource name 'register' is cut to 'regi'", 0 },
        { "Io.Vi.System_bus(function() end)", "Empty vbus?", 0 },
        { "\nwrap(Io.system_bus().rtc)", "t.cfg:2: wrap: there is no such hardware device", 0 },
        { "wrap(Io.system_bus():match('nix'))", "t.cfg:1: wrap: no hardware device matches", 0 },
        { "wrap(5)", "wrap: a hardware device or a list", -1 },
        { "wrap({ 5 })", "which is no hardware device", -1 },
        { "Io.add_vbusses{ a = 1 }", "found non system-bus device", 0 },
        { "Io.add_vbusses{ nobody = Io.Vi.System_bus() }",
          "t.cfg:1: WARNING: Service registration failed: 'nobody': no capability", 0 },
        { "Io.add_vbusses{ a_name_that_is_too_long = Io.Vi.System_bus() }", "at most 16", 0 },
        { "Io.system_bus().x = 1", "use Io.Dt.add_child", -1 },
        { "Io.Vi.System_bus(function() a = Io.Hw.Device() end)", "by wrap(device)", -1 },
        { "local f = function() wrong() end\nlocal function g() f() end\ng()", "t.cfg:1: ", -1 },
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        logged[0] = 0;
        ck_assert_msg(run("t.cfg", t[i].text) == t[i].result, "case %u: %s", i, logged);
        ck_assert_msg(strstr(logged, t[i].says) != NULL, "case %u: %s", i, logged);
    }
    SAYS("stack traceback:");
    SAYS("t.cfg:2: in");
}
END_TEST

START_TEST(bad_resources)
{
    run("a.cfg",
        "Io.hw_add_devices(function()\n"
        "  a = Io.Hw.Device(function()\n"
        "    Resource.reg0 = Io.Res.mmio(0x3ffff000, 0x40000fff)\n"
        "    Resource.reg1 = Io.Res.mmio(0x1000, 0x2fff)\n"
        "    Resource.irq0 = Io.Res.irq(400)\n"
        "  end)\n"
        "  b = Io.Hw.Device(function() Resource.reg0 = Io.Res.mmio(0x2000, 0x3fff) end)\n"
        "  c = Io.Hw.Device(function() compatible = 'c' end)\n"
        "end)\n"
        "Io.add_vbusses{ one = Io.Vi.System_bus(function() a = wrap(Io.system_bus().a);\n"
        "                                                  b = wrap(Io.system_bus().b) end),\n"
        "                two = Io.Vi.System_bus(function()\n"
        "                                         b = wrap(Io.system_bus().b) end) }");
    config_finish(conf);
    SAYS("a.cfg:3: device 'a' loses resource reg0 mmio [0x3ffff000-0x40000fff]: it covers RAM");
    SAYS("a.cfg:5: device 'a' loses resource irq0 irq [0x190-0x190]: there are 288 interrupts");
    SAYS("oddly overlapping resources for vbus 'one': 'a' (a.cfg:10) [0x1000-0x2fff] and 'b'");
    SAYS("a.cfg:13: WARNING: device 'b' (a.cfg:7) is on virtual bus 'one' already, now also on"
         " 'two'");
    SAYS("a.cfg:8: device 'c' is on no virtual bus");
    ck_assert_uint_eq(n_busses, 0); // none is served that is not as its file says
    SAYS("Service registration failed: 'one': its file has errors");
    SAYS("Service registration failed: 'two': its file has errors");
}
END_TEST

// Errors concern the busses of their file; a bus that nobody asks for is no error of the others.
START_TEST(errors_of_one_file)
{
    run("hw.cfg", "Io.hw_add_devices(function()\n"
                  "  a = Io.Hw.Device(function() Resource.reg0 = Io.Res.mmio(0x1000, 0x1fff) end)\n"
                  "end)");
    run("bad.vbus", "Io.add_vbusses{ bad = Io.Vi.System_bus(function() x = wrap(Io.system_bus().nothing) end) }");
    ck_assert_uint_eq(n_busses, 0);
    SAYS("wrap: there is no such hardware device");
    SAYS("Service registration failed: 'bad': its file has errors");
    run("overlap.vbus", "Io.add_vbusses{ over = Io.Vi.System_bus(function()\n"
                        "  x = Io.Hw.Device(function() Resource.r = Io.Res.mmio(0x1000, 0x2fff) end)\n"
                        "  y = Io.Hw.Device(function() Resource.r = Io.Res.mmio(0x2000, 0x3fff) end) end) }");
    run("good.vbus", "Io.add_vbusses{ good = Io.Vi.System_bus(function() x = wrap(Io.system_bus().a) end),\n"
                     "  m = Io.Vi.System_bus(function() x = wrap(Io.system_bus():match('no,such')) end),\n"
                     "  nobody = Io.Vi.System_bus(), other = Io.Vi.System_bus() }");
    ck_assert_uint_eq(n_busses, 4);
    ck_assert_str_eq(busses[0]->name, "good");
    ck_assert_str_eq(busses[1]->name, "m");
    ck_assert_str_eq(busses[3]->name, "other"); // behind one that nobody asked for
}
END_TEST

// A board file names more than this io has drivers for: the rest of it serves all the same.
// Who asks for such a bus by mistake gets none, and the reason.
START_TEST(dma_has_to_be_allowed)
{
    static char const device[] = "Io.hw_add_devices(function() disk = Io.Hw.Arm_dma_device(function() end) end)\n";
    static char const bus[] = "Io.add_vbus('one', Io.Vi.System_bus(function() disk = wrap(Io.system_bus().disk)"
                              " end))\n";
    char text[512];
    snprintf(text, sizeof(text), "%s%s%s", device, _i ? "Io.allow_dma = true\n" : "", bus);
    run("a.cfg", text);
    config_finish(conf);
    if (_i) {
        SAYS("device 'disk' of bus 'one' can reach all memory of the machine");
        ck_assert(busses[0]->dma);
    } else {
        SAYS("a.cfg:2: device 'disk' of bus 'one' could reach all memory of the machine: allow it by"
             " Property.allow_dma = true");
        SAYS("Service registration failed");
        ck_assert_ptr_null(busses[0]);
    }
}
END_TEST

START_TEST(unknown_classes)
{
    ck_assert_int_eq(run("a.cfg",
        "Io.hw_add_devices(function()\n"
        "  pcie = Io.Hw.Rcar3_pcie_bridge(function()\n"
        "    Property.regs_base = 0x4010000000\n"
        "    never = 5\n"
        "  end)\n"
        "  list = { Io.Hw.Gpio_chip(), Io.Hw.Device(function() compatible = 'l' end) }\n"
        "  soc = Io.Hw.Device(function()\n"
        "    gpio = Io.Hw.Gpio_chip{ Resource = {} }\n"
        "    Child.also = Io.Hw.Gpio_chip()\n"
        "    uart = Io.Hw.Device(function() compatible = 'u'; Resource.reg0 = Io.Res.mmio(0x1000, 0x1fff) end)\n"
        "  end)\n"
        "end)\n"
        "local lost = Io.Hw.Gpio_chip()\n"
        "lost:add_children(function() x = Io.Hw.Device() end)\n"
        "assert(Io.system_bus().pcie == nil and Io.system_bus().soc.gpio == nil)\n"
        "assert(#Io.system_bus():match('l', 'u') == 2)\n"
        "Io.add_vbusses{ one = Io.Vi.System_bus(function()\n"
        "  PCI = Io.Vi.PCI_PCI_bridge(function() x = wrap(Io.system_bus().nothing) end)\n"
        "  u = wrap(Io.system_bus():match('u'))\n"
        "  w = wrap(lost)\n"
        "  v = wrap({ lost, Io.system_bus().list and Io.system_bus()['list[2]'] })\n"
        "end) }\n"), 0);
    SAYS("a.cfg:2: could not create device: Rcar3_pcie_bridge (there are Device, Arm_dma_device, Ecam_pcie_bridge), it is"
         " left out");
    SAYS("a.cfg:6: could not create device: Gpio_chip");
    SAYS("a.cfg:8: could not create device: Gpio_chip");
    SAYS("a.cfg:9: could not create device: Gpio_chip");
    SAYS("a.cfg:18: could not create virtual device: PCI_PCI_bridge (there are System_bus and PCI_bus), it is left out");
    ck_assert_ptr_null(strstr(logged, "property")); // nothing of what stands in their bodies
    ck_assert_uint_eq(n_busses, 1);
    ck_assert_uint_eq(busses[0]->n_devices, 3);
    ck_assert_str_eq(busses[0]->devices[2].name, "u");
    ck_assert_uint_eq(busses[0]->devices[2].n_resources, 1);
}
END_TEST

// Resources without names, one behind the other.
START_TEST(resource_lists)
{
    ck_assert_int_eq(run("a.cfg",
        "Io.hw_add_devices(function()\n"
        "  a = Io.Hw.Device(function()\n"
        "    assert(#Resource == 0)\n"
        "    for i = 1, 3 do Resource[#Resource + 1] = Io.Res.mmio(i << 12, (i << 12) + 0xfff) end\n"
        "    Resource.irq0 = Io.Res.irq(40)\n"
        "    assert(#Resource == 3 and Resource[2] and Resource.irq0 and Resource.none == nil)\n"
        "    Child[#Child + 1] = Io.Hw.Device(function() compatible = 'c' end)\n"
        "    Child[#Child + 1] = Io.Hw.Device(function() compatible = 'c' end)\n"
        "  end)\n"
        "  b = Io.Hw.Device{ Resource = { Io.Res.irq(41), Io.Res.irq(42), irq9 = Io.Res.irq(43) } }\n"
        "  c = Io.Hw.Device(function() Resource = { Io.Res.irq(44), Io.Res.irq(45) } end)\n"
        "end)\n"
        "assert(#Io.system_bus():match('c') == 2 and Io.system_bus().a.dev2)\n"
        "Io.add_vbus('one', Io.Vi.System_bus(function() a = wrap(Io.system_bus().a)\n"
        "  b = wrap(Io.system_bus().b) c = wrap(Io.system_bus().c) end))\n"), 0);
    ck_assert_str_eq(logged, "");
    struct bus_device *a = &busses[0]->devices[2];
    ck_assert_uint_eq(a->n_resources, 4);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(a->resources[i].start, (i + 1) << 12);
        ck_assert_uint_eq(a->resources[i].id, 0);
    }
    ck_assert_uint_eq(a->resources[3].id, l4vbus_resource_id("irq0"));
    ck_assert_uint_eq(busses[0]->n_devices, 2 + 1 + 2 + 2);
    ck_assert_uint_eq(busses[0]->devices[5].n_resources, 3);
    ck_assert_uint_eq(busses[0]->devices[6].n_resources, 2);
}
END_TEST

// One body for two devices, globals between files, reads from inside a body.
START_TEST(environments)
{
    ck_assert_int_eq(run("a.cfg",
        "base = 0x1000\n"
        "local function body()\n"
        "  compatible = 'd' .. base\n"
        "  Resource.reg0 = Io.Res.mmio(base, base + 0xfff)\n"
        "  assert(compatible == 'd' .. base)\n"
        "end\n"
        "Io.hw_add_devices(function()\n"
        "  one = Io.Hw.Device(body)\n"
        "  base = nil\n"
        "  assert(one)\n"
        "end)\n"
        "assert(compatible == nil and one == nil)\n"), 0);
    ck_assert_int_eq(run("b.cfg",
        "base = 0x5000\n"
        "Io.Dt.add_children(Io.system_bus(), { two = Io.Hw.Device{ compatible = 'e',\n"
        "    Resource = { reg0 = Io.Res.mmio(base, base) } } })\n"
        "assert(#Io.system_bus():match('d4096', 'e') == 2)\n"), 0);
    ck_assert_str_eq(logged, "");
}
END_TEST

static void log_overlap(void *arg, char const *text)
{
    (void)arg;
    log_line(CONFIG_ERROR, text);
}

static unsigned overlaps(uint64_t start, uint64_t end, unsigned flags)
{
    struct bus *b = bus_new("bus", "here");
    bus_add_resource(bus_add_device(b, "a", "a", 1), L4VBUS_RESOURCE_MEM, 3, 0x1000, 0x2fff, "r");
    bus_add_resource(bus_add_device(b, "b", "b", 1), L4VBUS_RESOURCE_MEM, flags, start, end, "r");
    logged[0] = 0;
    unsigned n = bus_check_overlaps(b, log_overlap, NULL);
    bus_free(b);
    return n;
}

START_TEST(overlapping_resources)
{
    ck_assert_uint_eq(overlaps(0x3000, 0x3fff, 3), 0);
    ck_assert_uint_eq(overlaps(0, 0xfff, 3), 0);
    ck_assert_uint_eq(overlaps(0x2fff, 0x3fff, 3), 1); // by a byte
    SAYS("oddly overlapping");
    ck_assert_uint_eq(overlaps(0, 0x1000, 3), 1);
    ck_assert_uint_eq(overlaps(0x1000, 0x1fff, 3), 0); // a part of it
    ck_assert_uint_eq(overlaps(0x1000, 0x1fff, 1), 1);
    SAYS("overlapping incompatible resources for vbus 'bus'");
}
END_TEST

static char code[4096];
static size_t code_size;

static int add_code(lua_State *l, void const *p, size_t n, void *ctx)
{
    (void)l, (void)ctx;
    ck_assert_uint_le(n, sizeof(code) - code_size);
    memcpy(code + code_size, p, n);
    code_size += n;
    return 0;
}

// Compiled before, by whomever: what Lua would run then, nobody checks.
START_TEST(compiled_configuration)
{
    lua_State *l = luaL_newstate();
    ck_assert_int_eq(luaL_loadstring(l, "error('it runs')"), LUA_OK);
    ck_assert_int_eq(lua_dump(l, add_code, NULL, 0), 0);
    lua_close(l);
    ck_assert_int_eq(config_run(conf, "a.cfg", code, code_size), -1);
    SAYS("a.cfg: error using as lua config: attempt to load a binary chunk");
}
END_TEST

START_TEST(memory_map)
{
    l4_kernel_info_mem_desc_t m[5];
    l4_kip_memdesc_set(&m[0], 0x40000000, 0x7fffffff, l4_mem_type_conventional, 0, 0);
    l4_kip_memdesc_set(&m[1], 0, ~0ul, l4_mem_type_conventional, 0, 1);
    l4_kip_memdesc_set(&m[2], 0x9000000, 0x9000fff, l4_mem_type_reserved, 2, 0);
    l4_kip_memdesc_set(&m[3], 0x80000000, 0x8fffffff, l4_mem_type_undefined, 0, 0);
    l4_kip_memdesc_set(&m[4], 0xa0000000, 0xa0ffffff, l4_mem_type_reserved, 0, 0);
    ck_assert_ptr_nonnull(memory_map_check(m, 5, 0xa0fffc00, 0xa1ffffff)); // the kernel's
    ck_assert_ptr_null(memory_map_check(m, 5, 0xa1000000, 0xa1ffffff));
    ck_assert_ptr_null(memory_map_check(m, 4, 0x9010000, 0x9010fff));
    ck_assert_ptr_nonnull(memory_map_check(m, 4, 0x9000000, 0x9010fff));
    ck_assert_ptr_nonnull(memory_map_check(m, 4, 0x3fffffff, 0x40000000));
    ck_assert_ptr_nonnull(memory_map_check(m, 4, 0x7fffffff, 0x7fffffff));
    ck_assert_ptr_null(memory_map_check(m, 4, 0x80000000, 0x80000fff));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("io_config");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, document);
    tcase_add_test(t, several_devices);
    tcase_add_test(t, messages);
    tcase_add_test(t, bad_resources);
    tcase_add_test(t, unknown_classes);
    tcase_add_loop_test(t, dma_has_to_be_allowed, 0, 2);
    tcase_add_test(t, resource_lists);
    tcase_add_test(t, errors_of_one_file);
    tcase_add_test(t, environments);
    tcase_add_test(t, overlapping_resources);
    tcase_add_test(t, compiled_configuration);
    tcase_add_test(t, memory_map);
    suite_add_tcase(s, t);
    return unit_run(s);
}
