// SPDX-License-Identifier: MIT
// QEMU's firmware configuration interface: its registers as firmware uses them, and descriptors of a hostile guest.
#include "boot/ram_map.h"
#include "device/fw_cfg_regs.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { RAM = 0x40000000, RAM_SIZE = 0x2000, WORD = 2, DOUBLE = 3 };
enum { ERROR = 1, READ = 2, SKIP = 4, SELECT = 8, WRITE = 16 };

static struct fw_cfg f;
static struct ram_map map;
static uint8_t *ram;
static uint64_t written_bytes;
static uint8_t const kernel[100] = "the kernel";

static void *memory(void *ctx, uint64_t gpa, uint64_t size)
{
    return ram_map_host(ctx, gpa, size);
}

static void written(void *ctx, void const *p, uint64_t size)
{
    (void)ctx;
    ck_assert((uint8_t const *)p >= ram && (uint8_t const *)p + size <= ram + RAM_SIZE);
    written_bytes += size;
}

static void begin(void)
{
    ram = malloc(RAM_SIZE);
    memset(ram, 0xee, RAM_SIZE);
    map = (struct ram_map){.count = 0};
    ram_map_add(&map, &(struct ram_region){.gpa = RAM, .size = RAM_SIZE, .host = ram});
    f = (struct fw_cfg){.memory = memory, .written = written, .ctx = &map};
    fw_cfg_init(&f);
    ck_assert_int_eq(fw_cfg_add_number(&f, FW_CFG_KERNEL_SIZE, sizeof(kernel), 4), 0);
    ck_assert_int_eq(fw_cfg_add(&f, FW_CFG_KERNEL_DATA, kernel, sizeof(kernel)), 0);
}

static void end(void)
{
    free(ram);
}

static void select_item(uint16_t key)
{
    ck_assert(fw_cfg_write(&f, 8, 1, __builtin_bswap16(key)));
}

static uint32_t big(unsigned at)
{
    uint32_t v;
    memcpy(&v, ram + at, sizeof(v));
    return __builtin_bswap32(v);
}

static void put_descriptor(unsigned at, uint32_t control, uint32_t length, uint64_t address)
{
    uint32_t words[2] = {__builtin_bswap32(control), __builtin_bswap32(length)};
    address = __builtin_bswap64(address);
    memcpy(ram + at, words, 8);
    memcpy(ram + at + 8, &address, 8);
}

// The control word that the descriptor has afterwards.
static uint32_t dma(uint32_t control, uint32_t length, uint64_t address)
{
    put_descriptor(0, control, length, address);
    bool done = fw_cfg_write(&f, 0x10, DOUBLE, __builtin_bswap64(RAM));
    ck_assert_int_eq(done, big(0) == 0);
    return big(0);
}

START_TEST(signature)
{
    ck_assert_uint_eq(fw_cfg_read(&f, 0, WORD), 0x554d4551); // selected from the beginning
    select_item(FW_CFG_ID);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, WORD), 3);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, WORD), 0); // behind its end
    ck_assert_uint_eq(fw_cfg_read(&f, 0x10, DOUBLE), __builtin_bswap64(0x51454d5520434647));
    ck_assert_uint_eq(fw_cfg_read(&f, 0x10, WORD), __builtin_bswap32(0x51454d55));
    ck_assert_uint_eq(fw_cfg_read(&f, 0x14, WORD), __builtin_bswap32(0x20434647));
    ck_assert_uint_eq(fw_cfg_read(&f, 0x8, 1), 0);
}
END_TEST

START_TEST(data_register)
{
    select_item(FW_CFG_KERNEL_SIZE);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, WORD), 100);
    select_item(FW_CFG_KERNEL_DATA);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, 0), 't');
    ck_assert_uint_eq(fw_cfg_read(&f, 0, 1), 'h' | 'e' << 8);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, DOUBLE), 0x006c656e72656b20);
    for (unsigned i = 0; i < 11; i++)
        fw_cfg_read(&f, 0, DOUBLE);
    ck_assert_uint_eq(f.offset, 99);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, DOUBLE), 0);
    ck_assert_uint_eq(f.offset, 100);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, DOUBLE), 0);
    select_item(0x1234); // none
    ck_assert_uint_eq(fw_cfg_read(&f, 0, DOUBLE), 0);
    ck_assert(!fw_cfg_write(&f, 0, 0, 'x'));
}
END_TEST

START_TEST(directory)
{
    static uint8_t const file[3] = "abc";
    char name[60];
    ck_assert_int_eq(fw_cfg_add_file(&f, "opt/first", file, 3), 0);
    ck_assert_int_eq(fw_cfg_add_file(&f, "opt/second", file, 2), 0);
    ck_assert_uint_eq(dma(SELECT | READ | FW_CFG_DIRECTORY << 16, 4 + 3 * 64, RAM + 0x100), 0);
    ck_assert_uint_eq(big(0x100), 2);
    ck_assert_uint_eq(big(0x104), 3);
    ck_assert_uint_eq(big(0x108), 0x20u << 16);
    ck_assert_str_eq((char *)ram + 0x10c, "opt/first");
    ck_assert_uint_eq(big(0x144), 2);
    ck_assert_uint_eq(big(0x148), 0x21u << 16);
    ck_assert_str_eq((char *)ram + 0x14c, "opt/second");
    ck_assert_uint_eq(big(0x184), 0);
    select_item(0x21);
    ck_assert_uint_eq(fw_cfg_read(&f, 0, WORD), 'a' | 'b' << 8);
    memset(name, 'n', sizeof(name));
    name[FW_CFG_NAME_SIZE] = 0;
    ck_assert_int_eq(fw_cfg_add_file(&f, name, file, 3), -1);
    ck_assert_int_eq(fw_cfg_add_file(&f, "", file, 3), -1);
    name[FW_CFG_NAME_SIZE - 1] = 0;
    for (unsigned i = 2; i < FW_CFG_MAX_FILES; i++)
        ck_assert_int_eq(fw_cfg_add_file(&f, name, file, 3), 0);
    ck_assert_int_eq(fw_cfg_add_file(&f, "x", file, 3), -1);
    ck_assert_int_eq(fw_cfg_add(&f, FW_CFG_KERNEL_DATA, file, 3), -1);
}
END_TEST

START_TEST(many_items)
{
    for (unsigned key = 0x100; f.count < FW_CFG_MAX_ITEMS; key++)
        ck_assert_int_eq(fw_cfg_add_number(&f, (uint16_t)key, key, 4), 0);
    ck_assert_int_eq(fw_cfg_add_number(&f, 0x99, 1, 4), -1);
    ck_assert_uint_eq(f.count, FW_CFG_MAX_ITEMS);
}
END_TEST

START_TEST(dma_reads)
{
    ck_assert_uint_eq(dma(SELECT | FW_CFG_KERNEL_DATA << 16, 0, 0), 0);
    ck_assert_uint_eq(dma(SKIP, 4, ~0ull), 0);
    ck_assert_uint_eq(dma(READ, 6, RAM + 0x100), 0);
    ck_assert_mem_eq(ram + 0x100, "kernel\xee", 7);
    written_bytes = 0;
    ck_assert_uint_eq(dma(READ, 200, RAM + 0x100), 0); // the rest, and zeros
    ck_assert_uint_eq(written_bytes, 204);
    for (unsigned i = 0; i < 200; i++)
        ck_assert_uint_eq(ram[0x100 + i], 0);
    ck_assert_uint_eq(ram[0x100 + 200], 0xee);
    ck_assert_uint_eq(dma(SKIP, ~0u, 0), 0);
    ck_assert_uint_eq(f.offset, sizeof(kernel));
    ck_assert_uint_eq(dma(SELECT | READ | 0x1234u << 16, 16, RAM + 0x100), 0); // no item: zeros
    ck_assert_uint_eq(dma(0, 16, RAM + 0x100), 0);
}
END_TEST

START_TEST(dma_address_in_halves)
{
    put_descriptor(0x20, SELECT | READ | FW_CFG_KERNEL_DATA << 16, 3, RAM + 0x100);
    ck_assert(fw_cfg_write(&f, 0x10, WORD, 0));
    ck_assert(fw_cfg_write(&f, 0x14, WORD, __builtin_bswap32(RAM + 0x20)));
    ck_assert_mem_eq(ram + 0x100, "the", 3);
    ck_assert(fw_cfg_write(&f, 0x10, WORD, __builtin_bswap32(1)));
    ck_assert(!fw_cfg_write(&f, 0x14, WORD, __builtin_bswap32(RAM + 0x20))); // 4 GiB above
    ck_assert(fw_cfg_write(&f, 0x14, WORD, __builtin_bswap32(RAM + 0x20)));  // the upper half is 0 again
}
END_TEST

START_TEST(hostile_descriptors)
{
    static uint64_t const addresses[] = {0, RAM - 1, RAM - 0x100, RAM + RAM_SIZE - 15, RAM + RAM_SIZE, ~0ull, ~0ull - 15,
                                         1ull << 63};
    for (unsigned i = 0; i < 8; i++) // of the descriptor itself
        ck_assert(!fw_cfg_write(&f, 0x10, DOUBLE, __builtin_bswap64(addresses[i])));
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(dma(SELECT | READ | FW_CFG_KERNEL_DATA << 16, 16, addresses[i]), ERROR);
        ck_assert_uint_eq(f.offset, 0);
    }
    ck_assert_uint_eq(dma(READ, ~0u, RAM), ERROR);
    ck_assert_uint_eq(dma(READ, RAM_SIZE + 1, RAM), ERROR);
    ck_assert_uint_eq(dma(READ, 0, ~0ull), 0);
    ck_assert_uint_eq(dma(WRITE, 4, RAM + 0x100), ERROR);
    ck_assert_uint_eq(dma(READ, RAM_SIZE, RAM), 0); // over the descriptor
    ck_assert_uint_eq(ram[5], kernel[5]);
}
END_TEST

START_TEST(other_accesses)
{
    ck_assert(!fw_cfg_write(&f, 8, 0, 0));
    ck_assert(!fw_cfg_write(&f, 8, WORD, 0));
    ck_assert(!fw_cfg_write(&f, 9, 1, 0));
    ck_assert(!fw_cfg_write(&f, 0x10, 1, 0));
    ck_assert(!fw_cfg_write(&f, 0x14, DOUBLE, 0));
    ck_assert(!fw_cfg_write(&f, 0x12, WORD, 0));
    ck_assert_uint_eq(fw_cfg_read(&f, 4, WORD), 0);
}
END_TEST

START_TEST(random_accesses)
{
    srand(1);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t address = RAM + (uint64_t)rand() % (RAM_SIZE + 64) - 32;
        uint32_t length = (uint32_t)rand() % (rand() % 2 ? 64 : RAM_SIZE);
        put_descriptor((unsigned)rand() % (RAM_SIZE - 16), (uint32_t)rand() & 0x003f001f, length, address);
        uint64_t off = rand() % 4 ? 0x10 : (uint64_t)rand() % 0x18;
        uint64_t value = rand() % 4 ? __builtin_bswap64(address) : (uint64_t)rand() << 33;
        fw_cfg_write(&f, off, rand() % 4 ? DOUBLE : (unsigned)rand() % 4, value);
        fw_cfg_read(&f, rand() % 2 ? 0 : (uint64_t)rand() % 0x18, (unsigned)rand() % 4);
        ck_assert(!f.selected || f.offset <= f.selected->size);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_fw_cfg");
    TCase *c = tcase_create("fw_cfg");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, signature);
    tcase_add_test(c, data_register);
    tcase_add_test(c, directory);
    tcase_add_test(c, many_items);
    tcase_add_test(c, dma_reads);
    tcase_add_test(c, dma_address_in_halves);
    tcase_add_test(c, hostile_descriptors);
    tcase_add_test(c, other_accesses);
    tcase_add_test(c, random_accesses);
    suite_add_tcase(s, c);
    return unit_run(s);
}
