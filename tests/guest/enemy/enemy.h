// SPDX-License-Identifier: MIT
// A guest that attacks its machine. An attack is an instruction that its CPU writes into memory and executes with chosen
// registers, at EL1 or EL0; whatever becomes of it, the CPU goes on with the next one.
#pragma once

#include "../lib/cpu.h"
#include "../lib/platform.h"
#include "../lib/smp.h"

#include <stddef.h>

enum { CODE_WORDS = 8, NUM_REGS = 31 };

struct warrior {
    uint64_t random;
    uint32_t code[CODE_WORDS] __attribute__((aligned(64)));
    uint64_t regs[NUM_REGS]; // with which the instruction begins
    uint64_t result;         // x0 behind it
    unsigned index;
    bool attacks;            // an exception means that the instruction is done
    unsigned in_row;         // interrupts since it began
    volatile uint64_t count, exceptions, interrupts;
};

extern struct warrior warriors[MAX_CPUS];

// CPU 0 makes sure that the guest ends, so nothing that may stop a CPU for good is for it.
static inline bool is_keeper(struct warrior const *w)
{
    return !w->index;
}

// ---- random numbers ----

uint64_t random_bits(struct warrior *w);
uint64_t few_bits(struct warrior *w); // one in eight
unsigned below(struct warrior *w, unsigned n);
static inline bool one_in(struct warrior *w, unsigned n) { return !below(w, n); }
// A value that tends to have few bits, or many, or to be an address.
uint64_t random_value(struct warrior *w);

// ---- addresses ----

// RAM that nobody needs: behind the image up to the end.
struct range {
    uintptr_t start, size;
};
extern struct range scratch;
enum { MAX_DEVICES = 16 };
struct device {
    struct range range;
    bool virtio;
};
extern struct device devices[MAX_DEVICES];
extern unsigned num_devices;

uintptr_t scratch_address(struct warrior *w);
uintptr_t device_address(struct warrior *w);
// In RAM, at its edges, in devices, holes and nowhere.
uint64_t any_address(struct warrior *w);

// ---- execution ----

enum level { AT_EL1, AT_EL0 };

void random_registers(struct warrior *w);
// Executes one instruction. `pstate`: bits for SPSR_EL1 besides the mode.
void fire(struct warrior *w, enum level level, uint64_t pstate, uint32_t instruction);
// The same at EL1, for instructions that change what a CPU cannot do without: that is restored behind it.
void fire_safely(struct warrior *w, uint32_t instruction);
// Goes to an address, by an exception return with this SPSR_EL1.
void fire_jump(struct warrior *w, uint64_t spsr, uint64_t address);
uint32_t encode_system(bool read, unsigned reg, unsigned rt);
// op0, op1, CRn, CRm, op2
#define SYSREG(op0, op1, n, m, op2) ((op0) << 14 | (op1) << 11 | (n) << 7 | (m) << 3 | (op2))

// ---- attacks ----

void attack_device(struct warrior *w);
void attack_sysreg(struct warrior *w);
void attack_timer(struct warrior *w);
void attack_sgi(struct warrior *w);
void attack_doorbell(struct warrior *w);
void attack_queue_setup(struct warrior *w);
void attack_queue(struct warrior *w);
void attack_call(struct warrior *w);
void attack_cpu_on(struct warrior *w);
void attack_cpu_off(struct warrior *w);
void attack_exception(struct warrior *w);
void attack_jump(struct warrior *w);
void attack_walk(struct warrior *w);
void attack_wfi(struct warrior *w);
// No attack: lets interrupts come, puts the GIC in order.
void take_interrupts(struct warrior *w);
void repair_gic(struct warrior *w);

