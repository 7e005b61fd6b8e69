// SPDX-License-Identifier: MIT
#include "uvmm_its_setup.h"

struct its its;
struct vgic_lpis lpis;
uint8_t ram[RAM_SIZE];
static uint32_t queue_end;

static uint8_t *host(uint64_t gpa, unsigned size)
{
    return gpa >= RAM_START && gpa - RAM_START <= RAM_SIZE - size ? ram + (gpa - RAM_START) : NULL;
}

static bool memory_read(void *ctx, uint64_t gpa, void *to, unsigned size)
{
    void const *from = host(gpa, size);
    ck_assert_ptr_eq(ctx, ram);
    if (from)
        memcpy(to, from, size);
    return from;
}

static bool memory_write(void *ctx, uint64_t gpa, void const *from, unsigned size)
{
    void *to = host(gpa, size);
    ck_assert_ptr_eq(ctx, ram);
    if (to)
        memcpy(to, from, size);
    return to;
}

uint64_t gits_read(uint64_t off)
{
    return its_read(&its, 0, off, off >= GITS_TYPER ? 3 : 2);
}

void gits_write(uint64_t off, uint64_t v)
{
    its_write(&its, 0, off, off >= GITS_TYPER ? 3 : 2, v);
}

uint64_t redist_read(unsigned cpu, uint64_t off)
{
    return gicr_read(&m.g, 0, (uint64_t)cpu * GICR_STRIDE + off, off >= GICR_TYPER ? 3 : 2);
}

void redist_write(unsigned cpu, uint64_t off, uint64_t v)
{
    gicr_write(&m.g, 0, (uint64_t)cpu * GICR_STRIDE + off, off >= GICR_TYPER ? 3 : 2, v);
}

void queue(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t command[4] = {a, b, c, d};
    memcpy(ram + queue_end, command, sizeof(command));
    queue_end = (queue_end + 32) % QUEUE_SIZE;
}

void run(void)
{
    gits_write(GITS_CWRITER, queue_end);
}

void command_of(unsigned self, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    queue(a, b, c, d);
    its_write(&its, self, GITS_CWRITER, 3, queue_end);
    ck_assert_uint_eq(gits_read(GITS_CREADR), queue_end);
}

void set_property(uint32_t lpi, unsigned prio, bool enabled)
{
    ram[PROPERTIES - RAM_START + lpi - LPI] = (uint8_t)(prio | 2 | enabled);
}

bool in_table(unsigned cpu, uint32_t lpi)
{
    return ram[PENDING(cpu) - RAM_START + lpi / 8] >> (lpi % 8) & 1;
}

bool delivered(unsigned cpu, uint32_t lpi)
{
    sync(cpu);
    int i = find(cpu, lpi);
    return i >= 0 && (m.lr3[cpu][i] & LR3_PENDING);
}

void boot_its(unsigned cpus, unsigned lrs)
{
    boot_with(3, cpus, lrs);
    memset(&its, 0, sizeof(its));
    memset(&lpis, 0, sizeof(lpis));
    memset(ram, 0, sizeof(ram));
    queue_end = 0;
    its_init(&its, &lpis, &m.g, (struct vgic_memory){ram, memory_read, memory_write});
    gits_write(GITS_CBASER, VALID | QUEUE | (QUEUE_SIZE / 4096 - 1));
    for (unsigned i = 0; i < cpus; i++) {
        redist_write(i, GICR_PROPBASER, PROPERTIES | 13);
        redist_write(i, GICR_PENDBASER, PENDING(i));
    }
}

void boot_ready(unsigned cpus, unsigned lrs)
{
    boot_its(cpus, lrs);
    for (uint32_t i = 0; i < VGIC_LPIS; i++)
        set_property(LPI + i, 0xa0, true);
    for (unsigned i = 0; i < cpus; i++)
        redist_write(i, GICR_CTLR, 1);
    gits_write(GITS_CTLR, 1);
    for (unsigned i = 0; i < cpus; i++)
        mapc(i, i, true);
    mapd(5, 5, true);
}
