// SPDX-License-Identifier: MIT
// Device trees of machines for the tests of boot's reader, and what it reads from them.
#pragma once

#include "boot_report.h"
#include "machine/machine.h"
#include "tree_builder.h"

#include <check.h>
#include <string.h>

extern struct machine machine;
extern struct machine_uart machine_uart;

// Begins a tree with an open root node of two cells; no reports.
void tree_root(void);

// The same with 960 MiB of memory at 0 and a GICv2.
void tree_small_board(void);

// Nodes of the root. GIC: phandle 1. PL011: clock with phandle 7.
void tree_memory(char const *name, unsigned start_mib, unsigned size_mib);
void tree_gicv3(unsigned regions);
void tree_gicv2(void);
void tree_pl011(char const *name, unsigned address);
void tree_psci(char const *compatible, char const *method);
void tree_chosen(char const *stdout_path);

// A UART behind two buses, the inner one as on BCM2711.
void tree_soc(char const *compatible, bool with_ranges);

// /cpus, open, for tree_cpu(), which may have no method (NULL).
void tree_cpus_open(void);
void tree_cpu(char const *name, unsigned reg, char const *method);

// Closes the root, reads machine and machine_uart as boot does. What machine_read() returns.
bool tree_finish_and_read(uint64_t mpidr);

#define ck_reported(text) \
    ck_assert_msg(strstr(boot_reports, text), "no \"%s\" in:\n%s", text, boot_reports)

TCase *machine_memory_cases(void);
TCase *machine_gic_cases(void);
TCase *machine_smmu_cases(void);
TCase *machine_cpus_cases(void);
TCase *machine_uart_cases(void);
TCase *machine_damage_cases(void);
