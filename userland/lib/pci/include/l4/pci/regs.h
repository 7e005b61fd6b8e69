// SPDX-License-Identifier: MIT
// Registers of a function's configuration space (PCI Local Bus Specification 3.0, section 6; PCI-to-PCI Bridge Architecture
// Specification 1.2, section 3.2; PCI Express Base Specification 3.0, section 7.8).
#pragma once

enum pci_reg {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08, // the class is above it
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_PRIMARY_BUS = 0x18, // a bridge's
    PCI_SECONDARY_BUS = 0x19,
    PCI_SUBORDINATE_BUS = 0x1a,
    PCI_IO_BASE = 0x1c, // and the limit above it
    PCI_MEMORY_BASE = 0x20,
    PCI_MEMORY_LIMIT = 0x22,
    PCI_PREF_BASE = 0x24,
    PCI_PREF_LIMIT = 0x26,
    PCI_PREF_BASE_UPPER = 0x28,
    PCI_PREF_LIMIT_UPPER = 0x2c,
    PCI_SUBSYSTEM_VENDOR = 0x2c, // a device's
    PCI_SUBSYSTEM = 0x2e,
    PCI_ROM = 0x30,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
    PCI_BRIDGE_CONTROL = 0x3e,
    PCI_HEADER_END = 0x40,
    PCI_SPACE_SIZE = 0x100,       // of conventional PCI
    PCIE_SPACE_SIZE = 0x1000,
};

enum pci_command {
    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_COMMAND_NO_INTX = 1 << 10,
};

enum pci_status {
    PCI_STATUS_INTX = 1 << 3,
    PCI_STATUS_CAPABILITIES = 1 << 4,
};

enum pci_header {
    PCI_HEADER_DEVICE = 0,
    PCI_HEADER_BRIDGE = 1,
    PCI_HEADER_MASK = 0x7f,
    PCI_HEADER_MULTI_FUNCTION = 0x80,
};

enum pci_bar_bits {
    PCI_BAR_IO = 1,
    PCI_BAR_TYPE = 6,
    PCI_BAR_32BIT = 0,
    PCI_BAR_64BIT = 4,
    PCI_BAR_PREFETCHABLE = 8,
    PCI_BAR_FLAGS = 0xf, // of a memory BAR
};

enum pci_cap_id {
    PCI_CAP_VENDOR = 0x09,
    PCI_CAP_EXPRESS = 0x10,
};

enum { PCI_BARS = 6, PCI_DEVICES = 32, PCI_FUNCTIONS = 8 };
