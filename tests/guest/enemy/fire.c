// SPDX-License-Identifier: MIT
// Random numbers and addresses; execution of an instruction, and the exceptions that end it.
#include "enemy.h"

#include "../lib/check.h"
#include "../lib/console.h"
#include "../lib/exception.h"
#include "../lib/gic.h"
#include "../lib/psci.h"

enum { BRK = (int)0xd4200000, RESTORE_WORDS = 5, INTERRUPTS_IN_ROW = 8 };

struct warrior warriors[MAX_CPUS];
struct range scratch;
struct device devices[MAX_DEVICES];
unsigned num_devices;

void exception_taken(struct frame *f);
void attack_enter(uint64_t const *registers, uintptr_t entry, uint64_t spsr, uint64_t sp_el0);
extern char attack_return[];
extern uint32_t const attack_restore[RESTORE_WORDS];

// ---- random ----

uint64_t random_bits(struct warrior *w)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

unsigned below(struct warrior *w, unsigned n)
{
    return (unsigned)(random_bits(w) >> 32) % n;
}

uint64_t few_bits(struct warrior *w)
{
    uint64_t bits = ~0ull;
    for (unsigned i = 0; i < 3; i++)
        bits &= random_bits(w);
    return bits;
}

uint64_t random_value(struct warrior *w)
{
    switch (below(w, 8)) {
    case 0: return 0;
    case 1: return ~0ull;
    case 2: return 1ull << below(w, 64);
    case 3: return ~(1ull << below(w, 64));
    case 4: return below(w, 16);
    case 5: return any_address(w);
    case 6: return few_bits(w);
    default: return random_bits(w);
    }
}

uintptr_t scratch_address(struct warrior *w)
{
    return scratch.start + (random_bits(w) % scratch.size & ~7ull);
}

// Where registers are: mostly at the beginning; of a GIC, in the frames of CPUs and beside them too.
static uintptr_t random_offset(struct warrior *w, uintptr_t size)
{
    uintptr_t off = 0;
    if (size > GICR_STRIDE)
        off = below(w, platform.num_cpus + 1) * GICR_STRIDE + (one_in(w, 2) ? GICR_SGI_FRAME : 0);
    switch (below(w, 8)) {
    case 0: return random_bits(w) % size;
    case 1: off += GICD_IROUTER + below(w, 0x2000); break;
    case 2: off += 0xf00 + below(w, 0x100); break;
    case 3:
    case 4: off += below(w, 0x1000); break;
    default: off += below(w, 0x100); break;
    }
    return off % size;
}

uintptr_t device_address(struct warrior *w)
{
    struct range const *r = &devices[below(w, num_devices)].range;
    uintptr_t off = random_offset(w, r->size);
    if (!one_in(w, 8))
        off &= ~3ul;
    return r->start + off;
}

uint64_t any_address(struct warrior *w)
{
    uint64_t end = platform.ram_start + platform.ram_size;
    switch (below(w, 10)) {
    case 0: return HOLE + below(w, 1 << 20);
    case 1: return device_address(w);
    case 2: return end - below(w, 64);
    case 3: return platform.ram_start - 1 - below(w, 64);
    case 4: return random_bits(w) & ((1ull << 40) - 1);
    case 5: return random_bits(w);
    case 6: return 0ull - below(w, 1 << 16);
    default: return scratch_address(w);
    }
}

// ---- execution ----

void random_registers(struct warrior *w)
{
    for (unsigned i = 0; i < NUM_REGS; i++)
        w->regs[i] = one_in(w, 2) ? scratch_address(w) : random_value(w);
}

static void write_code(struct warrior *w, uint32_t first, uint32_t const *rest, unsigned n)
{
    w->code[0] = first;
    for (unsigned i = 0; i < n; i++)
        w->code[1 + i] = rest[i];
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r"(w->code) : "memory");
}

static void enter(struct warrior *w, uintptr_t entry, uint64_t spsr)
{
    w->in_row = 0;
    w->attacks = true;
    barrier();
    attack_enter(w->regs, entry, spsr, scratch_address(w) & ~15ul);
    barrier();
    w->count++;
}

void fire(struct warrior *w, enum level level, uint64_t pstate, uint32_t instruction)
{
    static uint32_t const end[] = {(uint32_t)BRK};
    write_code(w, instruction, end, 1);
    enter(w, (uintptr_t)w->code, pstate | (level == AT_EL0 ? SPSR_EL0 : SPSR_EL1T));
}

void fire_safely(struct warrior *w, uint32_t instruction)
{
    write_code(w, instruction, attack_restore, RESTORE_WORDS);
    w->regs[27] = read_sysreg("vbar_el1");
    w->regs[28] = read_sysreg("tpidr_el1");
    w->regs[29] = read_sysreg("sctlr_el1");
    enter(w, (uintptr_t)w->code, SPSR_DAIF | SPSR_EL1T);
}

void fire_jump(struct warrior *w, uint64_t spsr, uint64_t address)
{
    enter(w, address, spsr);
}

uint32_t encode_system(bool read, unsigned reg, unsigned rt)
{
    return 0xd5000000u | (uint32_t)read << 21 | reg << 5 | rt;
}

// ---- exceptions ----

static void interrupt(struct warrior *w, struct frame *f, bool fiq)
{
    unsigned group = fiq ? 0 : 1;
    uint32_t iar = platform.gic_version == 3 ? gic_ack_group(group) : gic_ack();
    w->interrupts++;
    if (gic_id(iar) < GIC_FIRST_SPECIAL && !one_in(w, 32)) { // some stay active
        if (platform.gic_version == 3)
            gic_eoi_group(iar, group);
        else
            gic_eoi(iar);
    }
    if (++w->in_row >= INTERRUPTS_IN_ROW) // a line that nobody takes back
        f->spsr |= SPSR_DAIF;
}

static void own_fault(struct frame const *f)
{
    put_text("enemy: hit itself: vector ");
    put_number(f->vector);
    put_text(", ESR ");
    put_hex(f->esr);
    put_text(", ELR ");
    put_hex(f->elr);
    put_text("\n");
    for (;;)
        psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void exception_taken(struct frame *f)
{
    struct warrior *w = &warriors[this_cpu()->index];
    unsigned kind = f->vector & 3;
    if (!w->attacks)
        own_fault(f);
    if (kind == 1 || kind == 2) {
        interrupt(w, f, kind == 2);
        return;
    }
    w->attacks = false;
    w->exceptions++;
    w->result = f->x[0];
    f->elr = (uintptr_t)attack_return;
    f->spsr = SPSR_DAIF | SPSR_EL1H;
}
