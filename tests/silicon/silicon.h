// SPDX-License-Identifier: MIT
// QEMU plugin that holds the kernel to what the architecture demands and an emulator forgives: QEMU's table walker looks at
// memory when an access misses, not ahead of time, and executes one instruction after the other.
#pragma once
#include "qemu_plugin.h"

// Registers of the EL1&0 translation regime that the kernel writes.
enum regime_reg {
    REG_VTTBR, REG_HCR, REG_VTCR, REG_SCTLR, REG_TCR, REG_TTBR0, REG_TTBR1, REG_MAIR, REG_AMAIR, REG_CONTEXTIDR, REGIME_REGS
};

enum tlbi_kind {
    TLBI_ALL,   // all VMIDs, both stages
    TLBI_SPACE, // the VMID in VTTBR_EL2, both stages
    TLBI_STAGE1, // the same, stage 1 and what combines both stages
    TLBI_IPA,   // an address of stage 2, for the same VMID
    TLBI_EL2,   // EL2's own
};

enum { DSB_ISHST = 0xa, DSB_ISH = 0xb, DSB_SY = 0xf }; // CRm

#define VTTBR_VMID(v) ((unsigned)((v) >> 48) & 0xffff)
#define VTTBR_ROOT(v) ((v) & 0xfffffffff000ull)
#define HCR_TGE (1ull << 27)

extern uint64_t current_pc;
// One line of the report, with the program counter. Only the first ones of each rule are written out, all are counted.
void violation(char const *rule, char const *format, ...) __attribute__((format(printf, 2, 3)));
void note(char const *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t read_reg(struct plugin_register *r);
// What stands in [vaddr, vaddr + size) as the CPU sees it now; valid until the next call, NULL when nothing is mapped.
void const *read_memory(uint64_t vaddr, size_t size);

// context.c: order of the writes of registers that define a translation regime.
void context_write(enum regime_reg reg, uint64_t value);
void context_barrier(unsigned crm);
void context_isb(void);
void context_at(void);
void context_eret(void);
void context_report(void);
uint64_t context_vttbr(void);
bool context_tge(void); // EL0 runs for the host

// The physical address behind one in the kernel's window on memory. False: no such address.
bool silicon_window_phys(uint64_t va, uint64_t *phys);
void silicon_flush(void); // what was reported so far is in the file

// caches.c: what is in caches only. `kernel`: its code does it, else who runs outside.
enum cache_op { CACHE_ZERO, CACHE_CLEAN_POC, CACHE_CLEAN_POU, CACHE_DROP_CODE };
void caches_access(bool kernel, bool store, uint64_t va, uint64_t phys);
void caches_by_address(bool kernel, enum cache_op op, uint64_t va);
void caches_drop_all_code(void);
void caches_fetch(uint64_t pc);
void caches_boot(uint64_t sctlr_el2);
void caches_guest(uint64_t sctlr_el1); // a guest writes it
void caches_eret(bool guest, uint64_t sctlr_el1);
bool caches_guest_uncached(void);
bool caches_in_boot(void); // the kernel has not started anybody yet
void caches_report(void);

// tables.c: life of stage-2 table entries.
void tables_vttbr(uint64_t vttbr);
void tables_store(uint64_t phys, uint64_t value); // 8 bytes
void tables_zero(uint64_t phys, uint64_t size);
void tables_tlbi(enum tlbi_kind kind, uint64_t operand);
void tables_barrier(unsigned crm);
void tables_eret(uint64_t vttbr, uint64_t frame); // frame: SP_EL2, which tells vCPUs from each other
void tables_report(void);
bool tables_empty(uint64_t vttbr); // the root has no entries
uint64_t tables_walk(uint64_t ipa); // the physical address, by the tables that are loaded; ~0: not mapped
