// SPDX-License-Identifier: MIT
// PCI in io's configuration files: what becomes of devices behind a host bridge, on pretended hardware.
#include <check.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>

#include "bus.h"
#include "config.h"
#include "pci_sim.h"
#include "unit_run.h"

static struct sim sim;
static char logged[32768];
static struct bus *bus;
static struct config *conf;
static uint64_t opened;

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
    opened = base;
    *why = "it is too small";
    return size ? &sim.space : NULL;
}

static bool iommu;

static bool has_iommu(void)
{
    return iommu;
}

static char const *publish(struct bus *b)
{
    bus_free(bus);
    bus = b;
    return NULL;
}

static void log_line(unsigned level, char const *text)
{
    size_t const used = strlen(logged);
    (void)level;
    snprintf(logged + used, sizeof(logged) - used, "%s\n", text);
}

static struct config_host const host = {
    .mmio_check = mmio_check, .irq_check = irq_check, .pci_open = pci_open, .has_iommu = has_iommu, .publish = publish,
    .log = log_line,
};

static void setup(void)
{
    sim_init(&sim);
    logged[0] = 0;
    iommu = false;
    bus = NULL;
    conf = config_new(&host);
    ck_assert_ptr_nonnull(conf);
}

static void teardown(void)
{
    bus_free(bus);
    config_free(conf);
}

static int run(char const *file, char const *text)
{
    return config_run(conf, file, text, strlen(text));
}

#define SAYS(text) ck_assert_msg(strstr(logged, text) != NULL, "no '%s' in:\n%s", text, logged)

static char const bridge[] =
    "Io.hw_add_devices(function()\n"
    "  pcie0 = Io.Hw.Ecam_pcie_bridge(function()\n"
    "    Property.regs_base = 0x10000000;   Property.regs_size = 0x2eff0000\n"
    "    Property.cfg_base  = 0x4010000000; Property.cfg_size  = 0x10000000\n"
    "    Property.mmio_base = 0x10000000;   Property.mmio_size = 0x2eff0000\n"
    "    Property.mmio_base_64 = 0x8000000000; Property.mmio_size_64 = 0x8000000000\n"
    "    Property.int_a = 35; Property.int_b = 36; Property.int_c = 37; Property.int_d = 38\n"
    "  end)\n"
    "  rtc = Io.Hw.Device(function() compatible = 'rtc' end)\n"
    "end)\n";

// A disk and, behind a bridge, two network cards, the second one without an interrupt.
static void plug_in(void)
{
    struct sim_function *disk = sim_device(&sim, SIM_ROOT, 1, 1);
    pci_vconfig_set(&disk->regs, PCI_VENDOR, 4, 0x58451b36, 0);
    pci_vconfig_set_bar(&disk->regs, 0, PCI_BAR_64BIT, 0, 0x4000);
    int const port = sim_bridge(&sim, SIM_ROOT, 2);
    for (unsigned dev = 0; dev < 2; dev++) {
        struct sim_function *net = sim_device(&sim, port, dev, 1 - dev);
        pci_vconfig_set(&net->regs, PCI_VENDOR, 4, 0x100e8086, 0);
        pci_vconfig_set(&net->regs, PCI_REVISION, 4, 0x02000003, 0);
        pci_vconfig_set_bar(&net->regs, 2, PCI_BAR_32BIT, 0, 0x1000);
    }
}

START_TEST(a_bus)
{
    plug_in();
    ck_assert_int_eq(run("io.cfg", bridge), 0);
    ck_assert_uint_eq(opened, 0x4010000000);
    ck_assert_int_eq(run("pci.vbus",
        "Io.add_vbusses{ pci = Io.Vi.System_bus(function()\n"
        "  Property.allow_dma = true\n"
        "  PCI = Io.Vi.PCI_bus(function()\n"
        "    net = wrap(Io.system_bus():match('PCI/network'))\n"
        "    disk = wrap(Io.system_bus():match('PCI/CC_0108'))\n"
        "  end)\n"
        "  alone = wrap(Io.system_bus():match('rtc'))\n"
        "end) }\n"), 0);
    SAYS("device 'net[1]' of bus 'pci' can reach all memory of the machine");
    SAYS("device 'net[2]' of bus 'pci' can reach all memory of the machine");
    SAYS("device 'disk' of bus 'pci' can reach all memory of the machine");
    ck_assert_ptr_nonnull(bus);
    ck_assert(bus->dma);
    ck_assert_uint_eq(bus->n_devices, 7);
    struct bus_device const *pci = &bus->devices[2];
    ck_assert_uint_eq(pci->interfaces, 1u << L4VBUS_INTERFACE_PCI | 1u << L4VBUS_INTERFACE_BUS);
    ck_assert_str_eq(pci->hid, "PNP0A03");
    ck_assert_str_eq(bus->devices[5].name, "disk");
    ck_assert_ptr_eq(bus_pci_device(bus, 2, 2), &bus->devices[5]);
    ck_assert_ptr_null(bus_pci_device(bus, 2, 3));
    ck_assert_ptr_null(bus_pci_device(bus, 0, 0));
    struct bus_device const *d = bus_pci_device(bus, 2, 0);
    ck_assert_uint_eq(d->interfaces, 1u << L4VBUS_INTERFACE_PCIDEV);
    ck_assert(d->pci->vendor == 0x8086 && d->pci->bdf == 0x100);
    ck_assert_uint_eq(d->n_resources, 2);
    l4vbus_resource_t const *r = d->resources;
    ck_assert(r[0].type == L4VBUS_RESOURCE_MEM && r[0].start == d->pci->bar[2].address && r[0].end == r[0].start + 0xfff);
    ck_assert_uint_eq(r[0].id, l4vbus_resource_id("BAR2"));
    ck_assert_uint_eq(r[0].flags, L4VBUS_RESOURCE_F_MEM_R | L4VBUS_RESOURCE_F_MEM_W);
    ck_assert(r[1].type == L4VBUS_RESOURCE_IRQ && r[1].start == 37 && r[1].flags == 3);
    ck_assert_uint_eq(r[1].id, l4vbus_resource_id("PIN"));
    ck_assert_uint_eq(bus_pci_device(bus, 2, 1)->n_resources, 1);
    ck_assert(!bus->devices[6].pci && !bus->devices[6].interfaces);
}
END_TEST

START_TEST(matching)
{
    plug_in();
    ck_assert_int_eq(run("io.cfg", bridge), 0);
    ck_assert_int_eq(run("m.cfg",
        "local function n(...) return #Io.system_bus():match(...) end\n"
        "assert(n('PCI/CC_01') == 1 and n('PCI/CC_0108') == 1 and n('PCI/CC_010802') == 1 and n('PCI/CC_010801') == 0)\n"
        "assert(n('PCI/CC_02') == 2 and n('PCI/nvm') == 1 and n('PCI/network') == 2 and n('PCI/usb') == 0)\n"
        "assert(n('PCI/VEN_8086&DEV_100E') == 2 and n('PCI/VEN_8086&DEV_100e&CC_01') == 0)\n"
        "assert(n('PCI/REV_03') == 3 and n('PCI/SUBSYS_abcd5678') == 3 and n('PCI/SUBSYS_abcd5679') == 0)\n"
        "assert(n('PCI/ADR_0000:01:01.0') == 1 and n('PCI/ADR_0001:01:01.0') == 0)\n"
        "assert(n('PCI/nvm', 'PCI/network', 'rtc') == 4)\n"
        "assert(n('PCI/') == 0)\n"
        "assert(Io.system_bus().pcie0['00:01.0'])\n"), 0);
    ck_assert_msg(!strstr(logged, "error"), "%s", logged);
    static char const *const bad[] = {"VEN_80", "CC_1", "CC_01080", "CC_01080203", "CC_", "XXX_12", "ven_8086", "nvmee",
                                      "ADR_01:01.0", "8086"};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[128];
        logged[0] = 0;
        snprintf(text, sizeof(text), "Io.system_bus():match('PCI/%s')", bad[i]);
        ck_assert_msg(run("m.cfg", text) == -1, "%s", bad[i]);
        SAYS("m.cfg:1: match: '");
        SAYS("says nothing of a PCI device");
    }
}
END_TEST

START_TEST(dma_has_to_be_allowed)
{
    static char const *const as[] = {"x = wrap(Io.system_bus():match('PCI/nvm'))",
                                     "PCI = Io.Vi.PCI_bus(function() x = wrap(Io.system_bus():match('PCI/nvm')) end)"};
    char text[256];
    plug_in();
    ck_assert_int_eq(run("io.cfg", bridge), 0);
    snprintf(text, sizeof(text), "%sIo.add_vbus('one', Io.Vi.System_bus(function() %s end))",
             _i & 2 ? "Io.allow_dma = true " : "", as[_i & 1]);
    ck_assert_int_eq(run("one.vbus", text), 0);
    if (_i & 2) {
        SAYS("device 'x' of bus 'one' can reach all memory of the machine");
        ck_assert(bus && bus->dma);
    } else {
        SAYS("device 'x' of bus 'one' could reach all memory of the machine: allow it by Property.allow_dma = true");
        ck_assert_ptr_null(bus);
    }
}
END_TEST

// A disk on the first bus, cards behind a conventional bridge, and a virtio device: the IOMMU holds the first.
START_TEST(behind_an_iommu)
{
    char text[2048], *at;
    iommu = _i != 1;
    plug_in();
    struct sim_function *virtio = sim_device(&sim, SIM_ROOT, 3, 1);
    pci_vconfig_set(&virtio->regs, PCI_VENDOR, 4, 0x10411af4, 0);
    pci_vconfig_set(&virtio->regs, PCI_REVISION, 4, 0x07800000, 0);
    snprintf(text, sizeof(text), "%s", bridge);
    at = strstr(text, "Property.int_a");
    memmove(at + 20, at, strlen(at) + 1);
    memcpy(at, "Property.iommu = 3; ", 20);
    ck_assert_int_eq(run("io.cfg", _i == 2 ? bridge : text), 0); // the bridge is behind it only when it says so
    ck_assert_int_eq(run("one.vbus", "Io.add_vbus('one', Io.Vi.System_bus(function() PCI = Io.Vi.PCI_bus(function()\n"
                                     "  x = wrap(Io.system_bus():match('PCI/nvm')) end) end))"), 0);
    if (_i) {
        SAYS("device 'x' of bus 'one' could reach all memory of the machine");
        ck_assert_ptr_null(bus);
        return;
    }
    ck_assert_msg(!strstr(logged, "all memory"), "%s", logged);
    ck_assert(bus && bus->dma && bus->iommu);
    ck_assert_uint_eq(bus_pci_device(bus, 2, 0)->dma_source, 3ull << 32 | 0x8);
    SAYS("1af4:1041, class 078000, interrupt 38; virtio devices may go past the IOMMU");
    SAYS("8086:100e, class 020000, interrupt 37; it is behind a bridge that hides it from the IOMMU");
    ck_assert_int_eq(run("two.vbus", "Io.add_vbus('two', Io.Vi.System_bus(function() Property.allow_dma = true\n"
                                     "  PCI = Io.Vi.PCI_bus(function()\n x = wrap(Io.system_bus():match('PCI/network')) end)"
                                     "end))"), 0);
    SAYS("device 'x[1]' of bus 'two' can reach all memory of the machine");
    ck_assert(bus->dma && !bus->iommu);
    bus_free(bus);
    bus = NULL;
    ck_assert_int_eq(run("mixed.vbus", "Io.add_vbus('mixed', Io.Vi.System_bus(function() Property.allow_dma = true\n"
                                       "  PCI = Io.Vi.PCI_bus(function()\n"
                                       "  x = wrap(Io.system_bus():match('PCI/network', 'PCI/nvm')) end) end))"), 0);
    SAYS("bus 'mixed' has devices behind the IOMMU and others that do DMA");
    ck_assert_ptr_null(bus);
}
END_TEST

START_TEST(what_is_no_bridge)
{
    static struct { char const *replace, *with, *says; } const t[] = {
        {"Property.cfg_size  = 0x10000000", "", "error: pcie0: Property 'cfg_size' not set."},
        {"Property.cfg_size  = 0x10000000", "Property.cfg_size = 0", "host bridge 'pcie0' is of no use: it is too small"},
        {"Property.mmio_size = 0x2eff0000", "Property.mmio_size = 0x40000000",
         "host bridge 'pcie0' is of no use: it covers RAM"},
        {"Property.cfg_base  = 0x4010000000", "Property.cfg_base = 0x3fff0000",
         "host bridge 'pcie0' is of no use: it covers RAM"},
        {"mmio_base_64 = 0x8000000000", "mmio_base_64 = -1",
         "host bridge 'pcie0' is of no use: a window ends before it begins"},
    };
    char text[2048];
    char const *at = strstr(bridge, t[_i].replace);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - bridge), bridge, t[_i].with, at + strlen(t[_i].replace));
    plug_in();
    ck_assert_int_eq(run("io.cfg", text), 0);
    SAYS(t[_i].says);
    ck_assert_int_eq(run("m.cfg", "assert(#Io.system_bus():match('PCI/nvm', 'PCI/network') == 0)"), 0);
}
END_TEST

START_TEST(what_is_no_device)
{
    plug_in();
    ck_assert_int_eq(run("io.cfg", bridge), 0);
    ck_assert_int_eq(run("a.vbus", "Io.allow_dma = true\nx = wrap(Io.system_bus().pcie0)"), -1);
    SAYS("a.vbus:2: wrap: a host bridge cannot be given away");
    ck_assert_int_eq(run("b.vbus", "Io.add_vbus('one', Io.Vi.System_bus(function()\n"
                                   "  PCI = Io.Vi.PCI_bus(function()\n x = wrap(Io.system_bus():match('rtc')) end) end))"), 0);
    SAYS("b.vbus:3: device 'x' is none of PCI: PCI bus 'PCI' goes without it");
    ck_assert_ptr_null(bus);
    ck_assert_int_eq(run("c.vbus", "Io.allow_dma = true\n"
                                   "Io.add_vbus('one', Io.Vi.System_bus(function() PCI = Io.Vi.PCI_bus(function()\n"
                                   "  for i = 1, 33 do Child['x' .. i] = wrap(Io.system_bus():match('PCI/nvm')) end\n"
                                   "end) end))"), 0);
    SAYS("c.vbus:3: device 'x33': PCI bus 'PCI' has 32 devices already");
    ck_assert_ptr_null(bus);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("io_pci");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_bus);
    tcase_add_test(t, matching);
    tcase_add_loop_test(t, dma_has_to_be_allowed, 0, 4);
    tcase_add_loop_test(t, behind_an_iommu, 0, 3);
    tcase_add_loop_test(t, what_is_no_bridge, 0, 5);
    tcase_add_test(t, what_is_no_device);
    suite_add_tcase(s, t);
    return unit_run(s);
}
