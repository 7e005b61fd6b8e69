// SPDX-License-Identifier: MIT
// Registers, memory-mapped registers, time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define read_sysreg(name)                                                                          \
    ({                                                                                             \
        uint64_t v_;                                                                               \
        __asm__ volatile("mrs %0, " name : "=r"(v_) : : "memory");                                 \
        v_;                                                                                        \
    })
#define write_sysreg(name, v)                                                                      \
    __asm__ volatile("msr " name ", %0\n\tisb" : : "r"((uint64_t)(v)) : "memory")

// Plain forms only: what a device is accessed with carries a syndrome.
static inline uint32_t load32(uintptr_t addr)
{
    uint32_t v;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void store32(uintptr_t addr, uint32_t v)
{
    __asm__ volatile("str %w0, [%1]\n\tdsb sy" : : "r"(v), "r"(addr) : "memory");
}

static inline uint64_t load64(uintptr_t addr)
{
    uint64_t v;
    __asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void store64(uintptr_t addr, uint64_t v)
{
    __asm__ volatile("str %0, [%1]\n\tdsb sy" : : "r"(v), "r"(addr) : "memory");
}

static inline uint32_t load8(uintptr_t addr)
{
    uint32_t v;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void store8(uintptr_t addr, uint32_t v)
{
    __asm__ volatile("strb %w0, [%1]\n\tdsb sy" : : "r"(v), "r"(addr) : "memory");
}

static inline void barrier(void)
{
    __asm__ volatile("dsb sy\n\tisb" : : : "memory");
}

// IRQ and FIQ: group 0 interrupts of a GICv3 are FIQs.
static inline void irqs_on(void)
{
    __asm__ volatile("msr daifclr, #3\n\tisb" : : : "memory");
}

static inline void irqs_off(void)
{
    __asm__ volatile("msr daifset, #3\n\tisb" : : : "memory");
}

static inline void wfi(void)
{
    __asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

static inline uint64_t counter(void)
{
    __asm__ volatile("isb" : : : "memory");
    return read_sysreg("cntvct_el0");
}

static inline uint64_t ticks_of_ms(uint64_t ms)
{
    return ms * (read_sysreg("cntfrq_el0") / 1000);
}

// Until the condition holds: true. The limit only catches what never comes: emulators are slow, and share their CPUs.
enum { LONG_MS = 3000, SOON_MS = 300, NOTHING_MS = 30 };
#define wait_for(condition, ms)                                                                    \
    ({                                                                                             \
        uint64_t end_ = counter() + ticks_of_ms(ms);                                               \
        bool held_;                                                                                \
        while (!(held_ = (condition)) && counter() < end_)                                         \
            ;                                                                                      \
        held_;                                                                                     \
    })

// Time enough for something that must not come.
static inline void pause_ms(uint64_t ms)
{
    wait_for(false, ms);
}
