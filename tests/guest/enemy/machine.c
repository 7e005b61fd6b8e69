// SPDX-License-Identifier: MIT
// Attacks by sequences: interrupts, queues of virtio devices, CPUs, translation tables, sleep.
#include "enemy.h"

#include "../lib/exception.h"
#include "../lib/gic.h"
#include "../lib/psci.h"
#include "../lib/timer.h"

enum { STORM = 100 };

// ---- interrupts ----

#define ICC_SGI1R SYSREG(3u, 0u, 12u, 11u, 5u)

void attack_sgi(struct warrior *w)
{
    unsigned n = one_in(w, 4) ? STORM : 1;
    uint64_t value = random_bits(w) & 0xf000000;
    value |= one_in(w, 4) ? random_value(w) : one_in(w, 2) ? 1ull << 40 : below(w, 1u << platform.num_cpus);
    for (unsigned i = 0; i < n; i++) {
        if (platform.gic_version == 2) {
            store32(platform.gicd + GICD_SGIR, one_in(w, 4) ? (uint32_t)random_bits(w) : 0x00ff0000 | below(w, 16));
            w->count++;
            continue;
        }
        w->regs[0] = value;
        fire_safely(w, encode_system(false, ICC_SGI1R + (one_in(w, 8) ? 1 + one_in(w, 2) : 0), 0));
    }
}

void take_interrupts(struct warrior *w)
{
    enum { ISB = (int)0xd5033fdf };
    random_registers(w);
    for (unsigned i = 0; i < 4; i++)
        fire(w, one_in(w, 2) ? AT_EL0 : AT_EL1, 0, (uint32_t)ISB);
}

// What attacks have left is so disordered that no interrupt would come any more.
void repair_gic(struct warrior *w)
{
    uintptr_t base = platform.gic_version == 3 ? gic_sgi_frame(w->index) : platform.gicd;
    gic_init_cpu();
    store32(base + GIC_ISENABLER, one_in(w, 2) ? ~0u : (uint32_t)random_bits(w));
    if (one_in(w, 4))
        return;
    store32(platform.gicd + GICD_CTLR, platform.gic_version == 3 ? 0x13 : 3);
    for (unsigned irq = 32; irq < 288; irq += 32)
        store32(platform.gicd + GIC_ISENABLER + irq / 8, (uint32_t)~few_bits(w));
    gic_send_others(below(w, 16));
    w->count++;
}

// ---- virtio ----

enum {
    REG_DRIVER_FEATURES = 0x20,
    REG_DRIVER_FEATURES_SEL = 0x24,
    REG_QUEUE_SEL = 0x30,
    REG_QUEUE_NUM = 0x38,
    REG_QUEUE_READY = 0x44,
    REG_QUEUE_NOTIFY = 0x50,
    REG_IRQ_ACK = 0x64,
    REG_STATUS = 0x70,
    REG_QUEUE_DESC = 0x80,
    REG_QUEUE_AVAIL = 0x90,
    REG_QUEUE_USED = 0xa0,
    NUM_QUEUES = 2,
    RING_MAX = 256,
    RING_SPACE = 0x10000, // of each queue, in scratch
    AVAIL_OFFSET = 0x4000,
    USED_OFFSET = 0x8000,
    DATA_OFFSET = 0xc000,
};

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

// A device with queues, or -1.
static int random_virtio(struct warrior *w)
{
    for (unsigned i = 0; i < 4 * MAX_DEVICES; i++) {
        unsigned n = below(w, num_devices);
        if (devices[n].virtio)
            return (int)n;
    }
    return -1;
}

static uintptr_t rings(unsigned device, unsigned queue)
{
    return scratch.start + (device * NUM_QUEUES + queue) * RING_SPACE;
}

void attack_doorbell(struct warrior *w)
{
    int d = random_virtio(w);
    unsigned n = one_in(w, 4) ? STORM : 4;
    if (d < 0)
        return;
    for (unsigned i = 0; i < n; i++, w->count++) {
        store32(devices[d].range.start + REG_QUEUE_NOTIFY, one_in(w, 16) ? (uint32_t)random_bits(w) : below(w, 3));
        if (one_in(w, 8))
            store32(devices[d].range.start + REG_IRQ_ACK, (uint32_t)random_bits(w));
    }
}

static void store_address(uintptr_t reg, uint64_t address)
{
    store32(reg, (uint32_t)address);
    store32(reg + 4, (uint32_t)(address >> 32));
}

static uint64_t ring_address(struct warrior *w, uint64_t proper)
{
    return one_in(w, 24) ? any_address(w) : one_in(w, 24) ? proper + below(w, 4096) : proper;
}

static void set_up_queue(struct warrior *w, unsigned d, unsigned queue)
{
    uintptr_t base = devices[d].range.start, at = rings(d, queue);
    store32(base + REG_QUEUE_SEL, one_in(w, 32) ? (uint32_t)random_bits(w) : queue);
    store32(base + REG_QUEUE_READY, 0);
    store32(base + REG_QUEUE_NUM, one_in(w, 16) ? (uint32_t)random_value(w) : 1u << below(w, 8));
    store_address(base + REG_QUEUE_DESC, ring_address(w, at));
    store_address(base + REG_QUEUE_AVAIL, ring_address(w, at + AVAIL_OFFSET));
    store_address(base + REG_QUEUE_USED, ring_address(w, at + USED_OFFSET));
    store32(base + REG_QUEUE_READY, one_in(w, 32) ? (uint32_t)random_bits(w) : 1);
}

// As a driver does it (virtio 1.2, 3.1.1), with slips.
void attack_queue_setup(struct warrior *w)
{
    static uint8_t const states[] = {0, 1, 3, 11};
    int d = random_virtio(w);
    if (d < 0)
        return;
    uintptr_t base = devices[d].range.start;
    for (unsigned i = 0; i < sizeof(states); i++) {
        if (i == 3) {
            for (uint32_t word = 0; word < 2; word++) {
                store32(base + REG_DRIVER_FEATURES_SEL, word);
                uint32_t usual = word ? 1 : (uint32_t)(random_bits(w) & 0x30000000);
                store32(base + REG_DRIVER_FEATURES, one_in(w, 16) ? (uint32_t)random_bits(w) : usual);
            }
        }
        if (!one_in(w, 16))
            store32(base + REG_STATUS, one_in(w, 32) ? (uint32_t)random_bits(w) : states[i]);
    }
    for (unsigned queue = 0; queue < NUM_QUEUES; queue++)
        set_up_queue(w, (unsigned)d, queue);
    if (!one_in(w, 16))
        store32(base + REG_STATUS, 15);
    w->count++;
}

static uint64_t data_address(struct warrior *w, uintptr_t ring)
{
    return one_in(w, 8) ? any_address(w) : ring + DATA_OFFSET + below(w, RING_SPACE - DATA_OFFSET);
}

static void random_descriptor(struct warrior *w, struct descriptor volatile *t, unsigned i, uintptr_t ring)
{
    t[i].address = data_address(w, ring);
    t[i].length = one_in(w, 64) ? (uint32_t)random_value(w) : below(w, 2048);
    t[i].flags = (uint16_t)(one_in(w, 16) ? random_bits(w) : below(w, one_in(w, 4) ? 8 : 4));
    t[i].next = (uint16_t)(one_in(w, 32) ? random_bits(w) : one_in(w, 2) ? i + 1 : below(w, RING_MAX));
}

// Descriptors (of an indirect table too, which lies in the data), and what the driver has made available.
void attack_queue(struct warrior *w)
{
    int d = random_virtio(w);
    if (d < 0)
        return;
    unsigned queue = below(w, NUM_QUEUES);
    uintptr_t at = rings((unsigned)d, queue);
    uint16_t volatile *avail = (uint16_t volatile *)(at + AVAIL_OFFSET);
    unsigned n = 1 + below(w, 32);
    for (unsigned i = 0; i < n; i++) {
        random_descriptor(w, (struct descriptor volatile *)(one_in(w, 4) ? at + DATA_OFFSET : at), below(w, RING_MAX), at);
        avail[2 + below(w, RING_MAX)] = (uint16_t)(one_in(w, 32) ? random_bits(w) : below(w, RING_MAX));
    }
    avail[0] = (uint16_t)(one_in(w, 16) ? random_bits(w) : below(w, 2));
    barrier();
    avail[1] = (uint16_t)(avail[1] + (one_in(w, 64) ? (unsigned)random_bits(w) : below(w, 8)));
    barrier();
    store32(devices[d].range.start + REG_QUEUE_NOTIFY, queue);
    w->count++;
}

// ---- CPUs ----

// One that exists, or one with a bit that none has.
static uint64_t random_target(struct warrior *w, unsigned n)
{
    return one_in(w, 8) ? random_value(w) | 0x100ull << below(w, 24) : platform.mpidr[n];
}

void attack_cpu_on(struct warrior *w)
{
    unsigned n = below(w, platform.num_cpus);
    struct cpu *c = &cpus[n];
    uintptr_t entry = (uintptr_t)secondary_entry;
    if (one_in(w, 4096)) // a CPU that begins somewhere in RAM is lost
        entry = any_address(w);
    else if (one_in(w, 16))
        entry = HOLE + below(w, 1 << 20);
    psci(one_in(w, 2) ? PSCI_CPU_ON : PSCI_CPU_ON32, random_target(w, n), entry, (uintptr_t)c);
    psci(one_in(w, 2) ? PSCI_AFFINITY_INFO : PSCI_AFFINITY_INFO32, random_target(w, n), below(w, 5), 0);
    w->count++;
}

void attack_cpu_off(struct warrior *w)
{
    if (is_keeper(w) || !one_in(w, 8))
        return;
    w->count++;
    psci(PSCI_CPU_OFF, random_bits(w), 0, 0);
}

// ---- sleep ----

// With all exceptions masked, and something that ends it: or not, if the attacks before have spoilt that.
void attack_wfi(struct warrior *w)
{
    enum { WAIT_FOR_INTERRUPT = (int)0xd503207f };
    if (is_keeper(w))
        return;
    repair_gic(w);
    if (one_in(w, 2))
        vtimer_set(counter() + ticks_of_ms(1 + below(w, 8)), TIMER_ENABLE);
    else
        gic_send(below(w, 16), w->index);
    if (one_in(w, 8))
        psci(PSCI_CPU_SUSPEND, random_bits(w) & 0x40ffffff, (uintptr_t)secondary_entry, (uintptr_t)&cpus[w->index]);
    else
        fire(w, AT_EL1, SPSR_DAIF, (uint32_t)WAIT_FOR_INTERRUPT);
    vtimer_off();
    take_interrupts(w);
}

// ---- translation ----

enum { TCR_39_BITS = 25, BLOCK = 1, ACCESSED = 1 << 10, ENTRIES = 512 };
#define HIGH_HALF 0xffffff8000000000ull
#define TCR_IPS_40 (2ull << 32)

static uint64_t lower[ENTRIES] __attribute__((aligned(4096)));
static uint64_t upper[MAX_CPUS][ENTRIES] __attribute__((aligned(4096)));

static uint64_t random_table(struct warrior *w)
{
    for (unsigned i = 0; i < 8; i++)
        upper[w->index][below(w, ENTRIES)] = one_in(w, 2) ? (any_address(w) & ~4095ull) | below(w, 4) | ACCESSED
                                                           : random_bits(w);
    return one_in(w, 2) ? (uintptr_t)upper[w->index] : any_address(w) & ~4095ull;
}

// Accesses through an upper half whose tables are anywhere; the lower half stays what it is without MMU.
void attack_walk(struct warrior *w)
{
    uint64_t tcr = TCR_39_BITS | TCR_39_BITS << 16 | 2u << 30 | TCR_IPS_40;
    for (uint64_t i = 0; i < 4; i++)
        lower[i] = i << 30 | ACCESSED | BLOCK;
    if (one_in(w, 4))
        tcr ^= 1ull << (16 + below(w, 16));
    random_registers(w);
    w->regs[1] = one_in(w, 2) ? HIGH_HALF + (random_bits(w) & 0x7fffffffff) : HIGH_HALF + below(w, 1 << 30);
    write_sysreg("mair_el1", random_bits(w) << 8);
    write_sysreg("tcr_el1", tcr);
    write_sysreg("ttbr0_el1", (uintptr_t)lower);
    write_sysreg("ttbr1_el1", random_table(w));
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") | 1);
    if (one_in(w, 4))
        fire_jump(w, SPSR_DAIF | 4, w->regs[1] & ~3ull);
    else
        fire(w, AT_EL1, SPSR_DAIF, one_in(w, 2) ? 0xf9400022 : 0xb9000022); // LDR x2, STR w2, [x1]
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") & ~1ull);
}
