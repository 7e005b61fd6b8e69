// SPDX-License-Identifier: MIT
// The enemy: start, the choice of attacks, progress. Command line: seed=N, ms=N (how long it lives).
#include "enemy.h"

#include "argument.h"
#include "../lib/check.h"
#include "../lib/console.h"
#include "../lib/gic.h"
#include "../lib/psci.h"
#include "../lib/tree.h"

enum { IMAGE_MARGIN = 0x10000, STACK_SIZE = 8192, REPORT_MS = 1000, LIFE_MS = 3000 };

extern char const image_end[];
struct cpu cpus[MAX_CPUS];
static uint8_t stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static uint64_t seed;

void cpu_main(void);
void guest_start(void const *tree);

static struct {
    void (*attack)(struct warrior *w);
    unsigned weight;
} const kinds[] = {
    {attack_device, 30}, {attack_sysreg, 20},  {attack_exception, 8}, {attack_jump, 3},     {attack_walk, 2},
    {attack_call, 4},    {attack_timer, 4},    {attack_sgi, 3},       {attack_doorbell, 1}, {attack_queue_setup, 1},
    {attack_queue, 12},  {attack_cpu_on, 2},   {attack_cpu_off, 1},   {attack_wfi, 1},      {take_interrupts, 3},
    {repair_gic, 3},
};

static void attack(struct warrior *w)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        sum += kinds[i].weight;
    unsigned n = below(w, sum), i = 0;
    for (; n >= kinds[i].weight; i++)
        n -= kinds[i].weight;
    kinds[i].attack(w);
}

// The other CPUs. A CPU that comes again goes on where its random numbers were.
void cpu_main(void)
{
    struct warrior *w = &warriors[this_cpu()->index];
    w->attacks = false;
    for (;;)
        attack(w);
}

static void add_device(struct tree_node const *n, unsigned reg)
{
    uint64_t start, size;
    if (num_devices == MAX_DEVICES || !tree_reg(n, reg, &start, &size) || !size)
        return;
    devices[num_devices].range = (struct range){start, size};
    devices[num_devices++].virtio = tree_has_string(n, "compatible", "virtio,mmio");
}

static void find_devices(void)
{
    struct tree_node n = {0};
    while (tree_next(&n)) {
        bool other = tree_has_string(&n, "device_type", "memory") || tree_has_string(&n, "device_type", "cpu");
        bool off = tree_has_string(&n, "status", "disabled") || tree_has_string(&n, "status", "fail");
        if (other || off || tree_has_string(&n, "compatible", "syscon-l4vmm"))
            continue;
        add_device(&n, 0);
        add_device(&n, 1);
    }
}

static void prepare(void const *tree)
{
    platform_init(tree);
    seed = argument("seed", 1);
    find_devices();
    scratch.start = ((uintptr_t)image_end + IMAGE_MARGIN) & ~4095ul;
    scratch.size = platform.ram_start + platform.ram_size - scratch.start;
    for (unsigned i = 0; i < MAX_CPUS; i++) {
        warriors[i].index = cpus[i].index = i;
        warriors[i].random = seed << 8 | i;
        if (i)
            cpus[i].stack_end = (uintptr_t)stacks[i] + STACK_SIZE;
    }
}

static void report(void)
{
    uint64_t count = 0, exceptions = 0, interrupts = 0;
    unsigned fighting = 0;
    for (unsigned i = 0; i < platform.num_cpus; i++) {
        count += warriors[i].count;
        fighting += warriors[i].count != 0;
        exceptions += warriors[i].exceptions;
        interrupts += warriors[i].interrupts;
    }
    put_text("enemy: ");
    put_number(count);
    put_text(" attacks by ");
    put_number(fighting);
    put_text(" CPUs, ");
    put_number(exceptions);
    put_text(" exceptions, ");
    put_number(interrupts);
    put_text(" interrupts\n");
}

void guest_start(void const *tree)
{
    struct warrior *w = &warriors[0];
    prepare(tree);
    uint64_t end = counter() + ticks_of_ms(argument("ms", LIFE_MS)), next = counter() + ticks_of_ms(REPORT_MS);
    put_text("enemy: seed ");
    put_number(seed);
    put_text(", devices ");
    put_number(num_devices);
    put_text("\n");
    repair_gic(w);
    for (unsigned i = 1; i < platform.num_cpus; i++)
        psci(PSCI_CPU_ON, platform.mpidr[i], (uintptr_t)secondary_entry, (uintptr_t)&cpus[i]);
    while (counter() < end) {
        attack(w);
        if (counter() < next)
            continue;
        report();
        next = counter() + ticks_of_ms(REPORT_MS);
    }
    report();
    for (;;)
        psci(one_in(w, 4) ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
}
