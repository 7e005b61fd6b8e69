// SPDX-License-Identifier: MIT
// Accesses to addresses where nothing is, and instructions that no syndrome describes, at such and at devices. What ends a
// machine that gives up is behind what does not.
#include "lib/guest.h"

enum {
    ESR_WNR = 1 << 6,
    ESR_FNV = 1 << 10,
    STACK_SIZE = 4096,
};

static uint8_t el0_stack[STACK_SIZE] __attribute__((aligned(16)));

// One access with [x1] as its address, x2 and x3 as its data. Gives back what the registers are then.
struct access {
    uint64_t base, first, second;
    uint64_t where;
};

#define ACCESS(a, text)                                                                            \
    do {                                                                                           \
        register uint64_t x1_ __asm__("x1") = (a)->base;                                           \
        register uint64_t x2_ __asm__("x2") = (a)->first;                                          \
        register uint64_t x3_ __asm__("x3") = (a)->second;                                         \
        __asm__ volatile("adr %3, 1f\n1:\t" text "\n\tdsb sy\n\tisb"                               \
                         : "+r"(x1_), "+r"(x2_), "+r"(x3_), "=&r"((a)->where) : : "x4", "memory"); \
        (a)->base = x1_;                                                                           \
        (a)->first = x2_;                                                                          \
        (a)->second = x3_;                                                                         \
    } while (0)

static struct access const fresh = {HOLE + 0x40, 0x1111, 0x2222, 0};

// An external abort: at the access, with nothing changed.
static void check_abort(char const *name, struct access const *a, uint64_t address, bool write)
{
    struct frame const *f = caught();
    if (!check_true(name, happened()))
        return;
    check("its class", class_of(f), EC_DATA_ABORT);
    check_bits("its status and direction", f->esr, FSC_MASK | ESR_FNV | ESR_WNR, FSC_EXTERNAL | (write ? ESR_WNR : 0));
    check("its address", f->far, address);
    check("where it happened", f->elr, a->where);
    check("its vector", f->vector, VECTOR_SYNC);
    check_true("no register has changed", a->base == fresh.base && a->first == fresh.first && a->second == fresh.second);
}

#define HOLE_ABORT(name, text, write)                                                              \
    do {                                                                                           \
        struct access a_ = fresh;                                                                  \
        expect();                                                                                  \
        ACCESS(&a_, text);                                                                         \
        check_abort(name, &a_, fresh.base, write);                                                 \
    } while (0)

// ---- plain forms ----

#define PLAIN(name, text, write)                                                                   \
    do {                                                                                           \
        struct access a_ = fresh;                                                                  \
        expect();                                                                                  \
        ACCESS(&a_, text);                                                                         \
        check_plain(name, &a_, write);                                                             \
    } while (0)

// uvmm reports them, reads give 0 (docs/reference.md, --fault-mode ignore). Hardware answers with an abort.
static void check_plain(char const *name, struct access const *a, bool write)
{
    if (!platform.uvmm) {
        check_abort(name, a, fresh.base, write);
        return;
    }
    check_true(name, !happened());
    check("what is read", a->first, write ? fresh.first : 0);
    check("the base", a->base, fresh.base);
}

static void plain(void)
{
    group("plain", "docs/reference.md: --fault-mode; Arm ARM D19.2 ESR_EL1, DFSC 0x10");
    PLAIN("LDR", "ldr x2, [x1]", false);
    PLAIN("LDR, 32 bits", "ldr w2, [x1]", false);
    PLAIN("LDRB", "ldrb w2, [x1]", false);
    PLAIN("LDRSH", "ldrsh x2, [x1]", false);
    PLAIN("STR", "str x2, [x1]", true);
    PLAIN("STRB", "strb w2, [x1]", true);
}

// ---- forms without syndrome at devices: they do what they say ----

static void devices(void)
{
    uintptr_t reg = platform.gicd + GICD_IPRIORITYR + GIC_SPI;
    struct access a = {reg - 4, 0, 0, 0};
    group("devices", "Arm ARM C6.2 LDR, STR (immediate), LDP, STP; D19.2 ESR_EL2.ISV");
    gic_reset();
    store32(reg, 0x10203040);
    store32(reg + 4, 0x50607080);
    expect();
    ACCESS(&a, "ldr w2, [x1, #4]!");
    check_true("no exception", !happened());
    check("LDR with pre-index: value", a.first, 0x10203040);
    check("LDR with pre-index: base", a.base, reg);
    ACCESS(&a, "ldr w2, [x1], #4");
    check("LDR with post-index: value", a.first, 0x10203040);
    check("LDR with post-index: base", a.base, reg + 4);
    ACCESS(&a, "ldrb w2, [x1], #1");
    check("LDRB with post-index: value", a.first, 0x80);
    check("LDRB with post-index: base", a.base, reg + 5);
    a = (struct access){reg + 12, 0x90a0b0c0, 0, 0};
    ACCESS(&a, "str w2, [x1, #-4]!");
    check("STR with pre-index: value", load32(reg + 8), 0x90a0b0c0);
    check("STR with pre-index: base", a.base, reg + 8);
    a.first = 0x20304050;
    ACCESS(&a, "str w2, [x1], #-8");
    check("STR with post-index: value", load32(reg + 8), 0x20304050);
    check("STR with post-index: base", a.base, reg);
}

static void device_pairs(void)
{
    uintptr_t reg = platform.gicd + GICD_IPRIORITYR + GIC_SPI;
    struct access a = {reg, 0, 0, 0};
    group("pairs", "Arm ARM C6.2 LDP, STP; single-copy atomicity of each register");
    if (!platform.uvmm && platform.gic_version == 3) {
        skip("LDP, STP", "QEMU makes one access of 64 bits of it, which its GICv3 ignores");
        return;
    }
    gic_reset();
    store32(reg, 0x10203040);
    store32(reg + 4, 0x50607080);
    ACCESS(&a, "ldp w2, w3, [x1]");
    check("LDP: first", a.first, 0x10203040);
    check("LDP: second", a.second, 0x50607080);
    a = (struct access){reg, 0, 0, 0};
    ACCESS(&a, "ldp w2, w3, [x1], #8");
    check("LDP with post-index: second", a.second, 0x50607080);
    check("LDP with post-index: base", a.base, reg + 8);
    a = (struct access){reg, 0x60606060, 0x70707070, 0};
    ACCESS(&a, "stp w2, w3, [x1, #8]!");
    check("STP with pre-index: first", load32(reg + 8), 0x60606060);
    check("STP with pre-index: second", load32(reg + 12), 0x70707070);
    check("STP with pre-index: base", a.base, reg + 8);
}

// ---- forms without syndrome where nothing is ----

static void loads(void)
{
    group("loads", "Arm ARM D19.2 ESR_EL1 EC 0x25, DFSC 0x10 (synchronous external abort); FAR_EL1");
    HOLE_ABORT("LDP", "ldp x2, x3, [x1]", false);
    HOLE_ABORT("LDR with post-index", "ldr x2, [x1], #8", false);
    HOLE_ABORT("LDP with post-index", "ldp x2, x3, [x1], #16", false);
    HOLE_ABORT("LDPSW", "ldpsw x2, x3, [x1]", false);
    HOLE_ABORT("LDXR", "ldxr x2, [x1]", false);
}

static void stores(void)
{
    group("stores", "Arm ARM D19.2 ESR_EL1 EC 0x25, DFSC 0x10, WnR");
    HOLE_ABORT("STP", "stp x2, x3, [x1]", true);
    HOLE_ABORT("STR with post-index", "str x2, [x1], #8", true);
    HOLE_ABORT("STP with post-index", "stp x2, x3, [x1], #16", true);
}

static void jump(void)
{
    group("jump", "Arm ARM D19.2 ESR_EL1 EC 0x21, IFSC 0x10");
    expect();
    ((void (*)(void))(uintptr_t)HOLE)();
    if (!check_true("a jump to nowhere", happened()))
        return;
    check("its class", class_of(caught()), EC_INSN_ABORT);
    check_bits("its status", caught()->esr, FSC_MASK | ESR_FNV, FSC_EXTERNAL);
    check("its address", caught()->far, HOLE);
    check("where it happened", caught()->elr, HOLE);
}

// A program of the guest does the same.
__asm__(".text\n.balign 8\nel0_ldp: ldp x2, x3, [x0], #16\n.balign 8\n");
extern char const el0_ldp[];
// ldr r1, [r0]; ldr r2, [r0, #4]; svc #0x55
static uint16_t const thumb_load[] __attribute__((aligned(4))) = {0x6801, 0x6842, 0xdf55};

static uint16_t const thumb_pair[] __attribute__((aligned(4))) = {0xe9d0, 0x2300}; // ldrd r2, r3, [r0]

static void from_el0_32(uintptr_t stack)
{
    el0_run(thumb_pair, SPSR_USER32 | SPSR_THUMB, stack, HOLE);
    check("LDRD of AArch32", class_of(caught()), EC_DATA_ABORT_LOWER);
    check_bits("its status", caught()->esr, FSC_MASK | ESR_WNR, FSC_EXTERNAL);
    check_true("its address, or FnV", (caught()->esr & ESR_FNV) || caught()->far == HOLE);
    check("its vector", caught()->vector, VECTOR_SYNC_LOWER32);
    check("where it happened", caught()->elr, (uintptr_t)thumb_pair);
    check_bits("saved state", caught()->spsr, 0x3f, SPSR_USER32 | SPSR_THUMB);
    check("all masked in the handler", caught()->daif, SPSR_DAIF);
}

static void from_el0(void)
{
    group("EL0", "Arm ARM D19.2 ESR_EL1 EC 0x24, 0x20, IL; D1, exception entry");
    uintptr_t stack = (uintptr_t)el0_stack + STACK_SIZE, reg = platform.gicd + GICD_IPRIORITYR + GIC_SPI;
    if ((read_sysreg("id_aa64pfr0_el1") & 15) == 2) {
        gic_reset();
        store32(reg, 0x10203040);
        store32(reg + 4, 0x50607080);
        el0_run(thumb_load, SPSR_USER32 | SPSR_THUMB, stack, reg);
        check("16-bit loads of a device, then SVC", class_of(caught()), EC_SVC32);
        check("first value", caught()->x[1], 0x10203040);
        check("second value", caught()->x[2], 0x50607080);
        from_el0_32(stack);
    }
    el0_run(el0_ldp, SPSR_EL0, stack, HOLE);
    check("LDP at EL0", class_of(caught()), EC_DATA_ABORT_LOWER);
    check_bits("its status", caught()->esr, FSC_MASK | ESR_FNV | ESR_WNR, FSC_EXTERNAL);
    check("its address", caught()->far, HOLE);
    check("its vector", caught()->vector, VECTOR_SYNC_LOWER64);
    check("the base", caught()->x[0], HOLE);
    el0_run((void const *)(uintptr_t)HOLE, SPSR_EL0, stack, 0);
    check("a jump to nowhere at EL0", class_of(caught()), EC_INSN_ABORT_LOWER);
    check("where it happened", caught()->elr, HOLE);
}

// ---- a translation table where nothing is ----

enum {
    TCR_39_BITS = 25,
    TCR_T1SZ = 16,
    TCR_TG1_4K = 2 << 30,
    BLOCK = 1,
    ACCESSED = 1 << 10,
    EXTERNAL_ON_WALK = 0x15, // level 1
};
#define HIGH_HALF 0xffffff8000000000ull
#define TCR_IPS_40 (2ull << 32)

static uint64_t table[512] __attribute__((aligned(4096)));

// The lower half is what it is without MMU, the upper half has its first table in the hole.
static void walk(void)
{
    struct access a = fresh;
    group("table walk", "Arm ARM D19.2 ESR_EL1, DFSC 0x15 (external abort on a walk, level 1)");
    for (uint64_t i = 0; i < 4; i++)
        table[i] = i << 30 | ACCESSED | BLOCK; // 1 GiB each, device memory
    write_sysreg("mair_el1", 0);
    write_sysreg("tcr_el1", TCR_39_BITS | TCR_39_BITS << TCR_T1SZ | (uint32_t)TCR_TG1_4K | TCR_IPS_40);
    write_sysreg("ttbr0_el1", (uintptr_t)table);
    write_sysreg("ttbr1_el1", HOLE);
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") | 1);
    a.base = HIGH_HALF + 0x1230;
    expect();
    ACCESS(&a, "ldr x2, [x1]");
    bool came = happened();
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") & ~1ull);
    if (!check_true("an access", came))
        return;
    check("its class", class_of(caught()), EC_DATA_ABORT);
    check_bits("its status", caught()->esr, FSC_MASK, EXTERNAL_ON_WALK);
    check("its address", caught()->far, HIGH_HALF + 0x1230);
}

void guest_main(void)
{
    plain();
    devices();
    device_pairs();
    loads();
    stores();
    jump();
    from_el0();
    walk();
}
