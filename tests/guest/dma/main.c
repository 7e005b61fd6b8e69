// SPDX-License-Identifier: MIT
// A device of PCI at slot 1 that copies memory, QEMU's "edu", behind an SMMU: it reaches the guest's RAM at the guest's
// addresses, and nothing else of the machine.
#include "../lib/guest.h"

enum { EDU = 0x11e81234, SLOT_1 = 0x8000, COMMAND = 4, BAR0 = 0x10, MEMORY_AND_MASTER = 6, BAR = 0x10000000 };
enum { FROM = 0x80, TO = 0x88, COUNT = 0x90, START = 0x98, STARTED = 1, TO_MEMORY = 2, BUFFER = 0x40000 }; // of the device
enum { BYTES = 4096, WORDS = BYTES / 8, STEP = 0x4000000, POISON = 0x6b6b, PIECES = 16 };
#define MACHINE_RAM 0x40000000ull

static uint64_t volatile memory[2][WORDS] __attribute__((aligned(BYTES)));

static void fill(unsigned i, uint64_t value)
{
    for (unsigned k = 0; k < WORDS; k++) {
        memory[i][k] = value + k;
        if (k % 8 == 7) // this guest writes without the MMU, and the device looks into caches
            __asm__ volatile("dsb sy\n\tdc civac, %0\n\tdsb sy" : : "r"(&memory[i][k]) : "memory");
    }
}

static bool filled(unsigned i, uint64_t value)
{
    for (unsigned k = 0; k < WORDS; k++) {
        if (k % 8 == 0)
            __asm__ volatile("dsb sy\n\tdc civac, %0\n\tdsb sy" : : "r"(&memory[i][k]) : "memory");
        if (memory[i][k] != value + k)
            return false;
    }
    return true;
}

static void copy(uint64_t address, bool to_memory)
{
    store64(BAR + FROM, to_memory ? BUFFER : address);
    store64(BAR + TO, to_memory ? address : BUFFER);
    store64(BAR + COUNT, BYTES);
    store64(BAR + START, STARTED | (to_memory ? TO_MEMORY : 0));
    if (!wait_for(!(load64(BAR + START) & STARTED), 20 * LONG_MS))
        give_up("the device does not end", address, to_memory);
}

static void own_memory(void)
{
    group("DMA", "docs/guide.md: PCI and DMA");
    fill(0, 0x1000);
    fill(1, 0);
    copy((uintptr_t)memory[0], false);
    copy((uintptr_t)memory[1], true);
    check_true("the guest's addresses are the device's", filled(1, 0x1000));
}

// What a device gets that is refused is up to the machine, but it is the same for all words, or nothing.
static bool is_nothing(unsigned i, uint64_t value)
{
    uint64_t const first = memory[i][0];
    bool same = first == 0 || first == ~0ull;
    for (unsigned k = 0; k < WORDS; k++)
        same &= memory[i][k] == first;
    return same || filled(i, value);
}

// All of the machine's RAM but what is at the guest's own addresses, and devices: poison goes there, and what is there comes
// here.
static void memory_of_others(void)
{
    uint64_t const own_end = platform.ram_start + platform.ram_size;
    bool came = false;
    fill(0, POISON);
    copy((uintptr_t)memory[0], false);
    for (unsigned i = 0; i < PIECES; i++) {
        uint64_t const at = MACHINE_RAM + (uint64_t)i * STEP;
        if (at + BYTES > platform.ram_start && at < own_end)
            continue;
        copy(at, true);
    }
    copy(own_end, true);
    copy(0x9000000, true); // the console
    check_true("what it writes elsewhere is lost", true);
    for (unsigned i = 1; i < PIECES; i += 5) {
        fill(1, 0x77);
        copy((uintptr_t)memory[1], false);
        copy(own_end + (uint64_t)i * STEP, false);
        copy((uintptr_t)memory[1], true);
        came |= !is_nothing(1, 0x77);
    }
    check_true("what it reads elsewhere does not come", !came);
    fill(0, 0x2000);
    copy((uintptr_t)memory[0], false);
    copy((uintptr_t)memory[1], true);
    check_true("the guest's own RAM is still the device's", filled(1, 0x2000));
}

void guest_main(void)
{
    uintptr_t const device = platform.pci + SLOT_1;
    check("the device", load32(device), EDU);
    store32(device + BAR0, BAR);
    store32(device + COMMAND, MEMORY_AND_MASTER);
    own_memory();
    memory_of_others();
    check_done();
}
