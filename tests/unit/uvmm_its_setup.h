// SPDX-License-Identifier: MIT
// A guest with an ITS for the unit tests: some memory, and what a driver writes there and to registers.
#pragma once

#include "uvmm_vgic_setup.h"
#include "vgic/its.h"

enum { GICR_CTLR = 0, GICR_TYPER = 8, GICR_PROPBASER = 0x70, GICR_PENDBASER = 0x78, GITS_CTLR = 0, GITS_TYPER = 8,
       GITS_CBASER = 0x80, GITS_CWRITER = 0x88, GITS_CREADR = 0x90, GITS_BASER = 0x100, GITS_TRANSLATER = 0x10040 };

enum { MOVI = 1, INT = 3, CLEAR = 4, SYNC = 5, MAPD = 8, MAPC = 9, MAPTI = 10, MAPI = 11, INV = 12, INVALL = 13, MOVALL = 14,
       DISCARD = 15 };

// The guest's memory: what the tables need, and nothing behind it.
#define RAM_START 0x40000000ull
#define QUEUE RAM_START
#define QUEUE_SIZE 0x2000u
#define PROPERTIES (RAM_START + 0x10000)
#define PENDING(cpu) (RAM_START + 0x20000 + 0x10000ull * (cpu))
#define RAM_SIZE 0x70000u
#define LPI 8192u
#define VALID (1ull << 63)

extern struct its its;
extern struct vgic_lpis lpis;
extern uint8_t ram[RAM_SIZE];

// A GICv3 with an ITS that is not enabled, and queue and tables in memory.
void boot_its(unsigned cpus, unsigned lrs);
// The same, in use: device 5 has 32 events, collection n is CPU n's, and LPIs are on.
void boot_ready(unsigned cpus, unsigned lrs);

uint64_t gits_read(uint64_t off);
void gits_write(uint64_t off, uint64_t v);
uint64_t redist_read(unsigned cpu, uint64_t off);
void redist_write(unsigned cpu, uint64_t off, uint64_t v);

// Puts a command into the queue, without telling.
void queue(uint64_t a, uint64_t b, uint64_t c, uint64_t d);
// Tells.
void run(void);
// One command, which CPU `self` tells.
void command_of(unsigned self, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

static inline void mapd(uint32_t device, unsigned bits, bool valid)
{
    command_of(0, MAPD | (uint64_t)device << 32, bits - 1, valid ? VALID : 0, 0);
}

static inline void mapc(uint32_t collection, uint64_t cpu, bool valid)
{
    command_of(0, MAPC, 0, (valid ? VALID : 0) | cpu << 16 | collection, 0);
}

static inline void mapti(uint32_t device, uint32_t event, uint32_t lpi, uint32_t collection)
{
    command_of(0, MAPTI | (uint64_t)device << 32, event | (uint64_t)lpi << 32, collection, 0);
}

static inline void movi(uint32_t device, uint32_t event, uint32_t collection)
{
    command_of(0, MOVI | (uint64_t)device << 32, event, collection, 0);
}

// INT, CLEAR, INV or DISCARD
static inline void of_event(unsigned command, uint32_t device, uint32_t event)
{
    command_of(0, command | (uint64_t)device << 32, event, 0, 0);
}

static inline void invall(uint32_t collection)
{
    command_of(0, INVALL, 0, collection, 0);
}

static inline void movall(uint64_t from, uint64_t to)
{
    command_of(0, MOVALL, 0, from << 16, to << 16);
}

// An entry of the table of properties; it has an effect when it is read.
void set_property(uint32_t lpi, unsigned prio, bool enabled);
bool in_table(unsigned cpu, uint32_t lpi);
// Is it pending in, or waiting for, a list register of this CPU?
bool delivered(unsigned cpu, uint32_t lpi);

// The tests of what happens to LPIs (uvmm_its_delivery_test.c).
void add_delivery_tests(TCase *t);
