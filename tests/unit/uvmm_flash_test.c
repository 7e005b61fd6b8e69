// SPDX-License-Identifier: MIT
// NOR flash with Intel's command set: two chips of 16 bits side by side, as firmware drives them, and what a hostile guest
// may write.
#include "device/flash_regs.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 0x1000, SIZE = 8 * BLOCK, BACKED = 5 * BLOCK, WORD = 2 };

static struct flash_regs f;
static uint8_t *data;  // as long as what is backed, so that the sanitizer sees more
static uint8_t *locks;

static void set_up(bool read_only)
{
    struct flash_geometry g = {.size = SIZE, .backed = BACKED, .erase = BLOCK, .bank = 4, .chip = 2, .read_only = read_only};
    ck_assert_ptr_null(flash_check(&g));
    free(data);
    free(locks);
    data = malloc(BACKED);
    locks = calloc(SIZE / BLOCK, 1);
    memset(data, 0xa5, BACKED);
    flash_init(&f, &g, data, locks);
}

static void begin(void)
{
    set_up(false);
}

static void end(void)
{
    free(data);
    free(locks);
    data = locks = NULL;
}

// To both chips.
static void both(uint64_t off, uint32_t value)
{
    flash_write(&f, off, WORD, value << 16 | value);
}

static uint32_t word(uint64_t off)
{
    return (uint32_t)flash_read(&f, off, WORD);
}

static void expect_status(uint32_t status)
{
    both(0, 0x70);
    ck_assert_uint_eq(word(0), status << 16 | status);
    both(0, 0x50);
    ck_assert_uint_eq(word(0), 0x800080);
    both(0, 0xff);
}

static void erase_block(uint64_t off)
{
    both(off, 0x20);
    both(off, 0xd0);
}

START_TEST(array)
{
    data[0x1003] = 0x77;
    ck_assert(flash_is_array(&f));
    ck_assert_uint_eq(word(0x1000), 0x77a5a5a5);
    ck_assert_uint_eq(flash_read(&f, 0x1003, 0), 0x77);
    ck_assert_uint_eq(flash_read(&f, 0x1003, 1), 0xa577);
    ck_assert_uint_eq(flash_read(&f, 0x1000, 3), 0xa5a5a5a577a5a5a5);
    // behind what exists, and behind the flash
    ck_assert_uint_eq(flash_read(&f, BACKED - 4, 3), 0xffffffffa5a5a5a5);
    ck_assert_uint_eq(flash_read(&f, SIZE - 4, 3), 0xffffffff);
    ck_assert_uint_eq(flash_read(&f, SIZE, 3), 0);
}
END_TEST

START_TEST(identification)
{
    both(0, 0x90);
    ck_assert(!flash_is_array(&f));
    ck_assert_uint_eq(word(0), 0x890089);
    ck_assert_uint_eq(word(4), 0x180018);
    ck_assert_uint_eq(word(8), 0);
    ck_assert_uint_eq(word(BLOCK + 4), 0x180018);
    ck_assert_uint_eq(flash_read(&f, 1, 0), 0);
    ck_assert_uint_eq(flash_read(&f, 2, 0), 0x89);
    both(0, 0xff);
    ck_assert_uint_eq(word(0), 0xa5a5a5a5);
}
END_TEST

static uint8_t query(unsigned at)
{
    uint32_t value = word(4ull * at);
    ck_assert_uint_eq(value & 0xffff, value >> 16);
    return (uint8_t)value;
}

START_TEST(query_table)
{
    both(0x55 * 4, 0x98);
    ck_assert_uint_eq(query(0x10), 'Q');
    ck_assert_uint_eq(query(0x11), 'R');
    ck_assert_uint_eq(query(0x12), 'Y');
    ck_assert_uint_eq(query(0x13) | query(0x14) << 8, 1);
    unsigned primary = query(0x15);
    ck_assert_uint_eq(1u << query(0x27), SIZE / 2);     // of one chip
    ck_assert_uint_eq(query(0x28), 1);                   // x16
    ck_assert_uint_eq(1u << query(0x2a), FLASH_BUFFER_WORDS * 2);
    ck_assert_uint_eq(query(0x2c), 1);
    ck_assert_uint_eq((query(0x2d) | query(0x2e) << 8) + 1, SIZE / BLOCK);
    ck_assert_uint_eq((query(0x2f) | query(0x30) << 8) * 256, BLOCK / 2);
    ck_assert_uint_eq(query(primary), 'P');
    ck_assert_uint_eq(query(primary + 1), 'R');
    ck_assert_uint_eq(query(primary + 2), 'I');
    ck_assert_uint_eq(query(0x0f), 0);
    ck_assert_uint_eq(query(0x300), 0);
}
END_TEST

START_TEST(erase_and_program)
{
    erase_block(BLOCK + 8);
    ck_assert(!flash_is_array(&f));
    ck_assert_uint_eq(f.dirty, BLOCK);
    ck_assert_uint_eq(f.dirty_size, BLOCK);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK - 4), 0xa5a5a5a5);
    ck_assert_uint_eq(word(BLOCK), 0xffffffff);
    ck_assert_uint_eq(word(2 * BLOCK - 4), 0xffffffff);
    ck_assert_uint_eq(word(2 * BLOCK), 0xa5a5a5a5);
    both(BLOCK + 4, 0x40);
    flash_write(&f, BLOCK + 4, WORD, 0x12345678);
    ck_assert_uint_eq(f.dirty, BLOCK + 4);
    ck_assert_uint_eq(f.dirty_size, 4);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK + 4), 0x12345678);
    both(BLOCK + 4, 0x10); // bits can only be cleared
    flash_write(&f, BLOCK + 4, WORD, 0xffff00ff);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK + 4), 0x12340078);
    both(BLOCK + 8, 0x40);
    flash_write(&f, BLOCK + 9, 0, 0x11);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK + 8), 0xffff11ff);
}
END_TEST

static void program_buffer(uint64_t block, uint64_t off, unsigned words, unsigned count)
{
    both(block, 0xe8);
    ck_assert_uint_eq(word(block), 0x800080);
    both(block, count - 1);
    for (unsigned i = 0; i < words; i++)
        flash_write(&f, off + 4ull * i, WORD, 0x01010101 * i);
    both(block, 0xd0);
}

START_TEST(buffered)
{
    erase_block(0);
    program_buffer(0, BLOCK - 128, 32, 32);
    ck_assert_uint_eq(f.dirty, BLOCK - 128);
    ck_assert_uint_eq(f.dirty_size, 128);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK - 132), 0xffffffff);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(word(BLOCK - 128 + 4ull * i), 0x01010101 * i);
    ck_assert_uint_eq(word(BLOCK), 0xa5a5a5a5);
    program_buffer(0, 0, 1, 1);
    expect_status(0x80);
    ck_assert_uint_eq(word(0), 0);
}
END_TEST

START_TEST(buffer_out_of_order)
{
    erase_block(0);
    both(0, 0xe8);
    both(0, 2);
    flash_write(&f, 16, WORD, 1);
    flash_write(&f, 24, WORD, 3);
    flash_write(&f, 20, WORD, 2);
    both(0, 0xd0);
    expect_status(0x80);
    ck_assert_uint_eq(word(16), 1);
    ck_assert_uint_eq(word(20), 2);
    ck_assert_uint_eq(word(24), 3);
}
END_TEST

START_TEST(buffer_wrong)
{
    erase_block(0);
    erase_block(BLOCK);
    program_buffer(0, 0, 0, 33); // more than the buffer has
    expect_status(0xb0);
    program_buffer(0, BLOCK, 1, 1); // another block than the command's
    expect_status(0xb0);
    program_buffer(0, BLOCK - 8, 1, 4); // would reach the next block
    expect_status(0xb0);
    both(0, 0xe8);
    both(0, 3);
    flash_write(&f, 64, WORD, 1);
    flash_write(&f, 60, WORD, 1); // before the first
    expect_status(0xb0);
    both(0, 0xe8);
    both(0, 3);
    flash_write(&f, 64, WORD, 1);
    flash_write(&f, 80, WORD, 1); // behind the last
    expect_status(0xb0);
    both(0, 0xe8);
    both(0, 31); // all that the buffer has
    flash_write(&f, 64, WORD, 1);
    flash_write(&f, 64 + 4 * 32, WORD, 1);
    expect_status(0xb0);
    both(0, 0xe8);
    both(0, 0);
    flash_write(&f, 64, WORD, 1);
    both(0, 0xff); // no confirmation
    expect_status(0xb0);
    for (unsigned i = 0; i < 2 * BLOCK; i += 4)
        ck_assert_uint_eq(word(i), 0xffffffff);
}
END_TEST

START_TEST(sequence_errors)
{
    both(0, 0x20);
    both(0, 0xff);
    expect_status(0xb0);
    both(0, 0x60);
    both(0, 0x99);
    expect_status(0xb0);
    ck_assert_uint_eq(word(0), 0xa5a5a5a5);
}
END_TEST

static uint32_t lock_state(uint64_t block)
{
    both(0, 0x90);
    uint32_t state = word(block + 8);
    both(0, 0xff);
    return state;
}

START_TEST(lock_bits)
{
    both(BLOCK, 0x60);
    both(BLOCK, 0x01);
    expect_status(0x80);
    ck_assert_uint_eq(lock_state(BLOCK), 0x10001);
    ck_assert_uint_eq(lock_state(0), 0);
    erase_block(BLOCK);
    expect_status(0xa2);
    both(BLOCK, 0x40);
    both(BLOCK, 0);
    expect_status(0x92);
    program_buffer(BLOCK, BLOCK, 1, 1);
    expect_status(0x92);
    ck_assert_uint_eq(word(BLOCK), 0xa5a5a5a5);
    both(BLOCK, 0x60);
    both(BLOCK, 0xd0);
    ck_assert_uint_eq(lock_state(BLOCK), 0);
    erase_block(BLOCK);
    expect_status(0x80);
    ck_assert_uint_eq(word(BLOCK), 0xffffffff);
}
END_TEST

START_TEST(read_only)
{
    set_up(true);
    ck_assert_uint_eq(lock_state(BLOCK), 0x10001);
    both(BLOCK, 0x60);
    both(BLOCK, 0xd0);
    ck_assert_uint_eq(lock_state(BLOCK), 0x10001);
    erase_block(BLOCK);
    expect_status(0xa2);
    both(BLOCK, 0x40);
    both(BLOCK, 0);
    expect_status(0x92);
    ck_assert_uint_eq(word(BLOCK), 0xa5a5a5a5);
}
END_TEST

START_TEST(not_backed)
{
    erase_block(BACKED);
    expect_status(0x80);
    both(BACKED, 0x40);
    both(BACKED, 0);
    expect_status(0x90);
    ck_assert_uint_eq(word(BACKED), 0xffffffff);
    // across the end of what exists, and the end of the flash
    both(0, 0x40);
    flash_write(&f, BACKED - 4, 3, 0);
    expect_status(0x90);
    both(0, 0x40);
    flash_write(&f, SIZE - 1, 3, 0);
    expect_status(0x90);
    both(SIZE, 0x90);
    ck_assert(flash_is_array(&f));
}
END_TEST

// The file ends within a block.
START_TEST(backed_in_part)
{
    enum { PART = 0x800, END = BACKED - PART };
    struct flash_geometry g = {.size = SIZE, .backed = END, .erase = BLOCK, .bank = 4, .chip = 2};
    free(data);
    data = calloc(END, 1);
    flash_init(&f, &g, data, locks);
    erase_block(BACKED + BLOCK);
    erase_block(END - 4);
    ck_assert_uint_eq(f.dirty, BACKED - BLOCK);
    ck_assert_uint_eq(f.dirty_size, BLOCK - PART);
    expect_status(0x80);
    both(0, 0x40);
    flash_write(&f, END - 4, 3, 0);
    expect_status(0x90);
    ck_assert_uint_eq(word(END - 4), 0xffffffff);
}
END_TEST

START_TEST(across_blocks)
{
    erase_block(0);
    both(BLOCK, 0x60);
    both(BLOCK, 0x01);
    both(0, 0x40);
    flash_write(&f, BLOCK - 4, 3, 0);
    expect_status(0x90);
    ck_assert_uint_eq(word(BLOCK - 4), 0xffffffff);
}
END_TEST

START_TEST(unknown_commands)
{
    both(0, 0x90);
    both(0, 0xf0);
    ck_assert(flash_is_array(&f));
    both(0, 0xb0);
    ck_assert_uint_eq(word(0), 0x800080);
    both(0, 0xd0);
    ck_assert_uint_eq(word(0), 0x800080);
}
END_TEST

START_TEST(one_byte_wide)
{
    struct flash_geometry g = {.size = SIZE, .backed = BACKED, .erase = BLOCK, .bank = 1, .chip = 1};
    ck_assert_ptr_null(flash_check(&g));
    flash_init(&f, &g, data, locks);
    flash_write(&f, 0x55, 0, 0x98);
    ck_assert_uint_eq(flash_read(&f, 0x10, 2), 0x01595251);
    ck_assert_uint_eq(1u << flash_read(&f, 0x27, 0), SIZE);
    ck_assert_uint_eq(flash_read(&f, 0x28, 0), 0);
}
END_TEST

START_TEST(geometry)
{
    static struct flash_geometry const bad[] = {
        {.size = SIZE, .erase = BLOCK, .bank = 3, .chip = 1}, {.size = SIZE, .erase = BLOCK, .bank = 8, .chip = 2},
        {.size = SIZE, .erase = BLOCK, .bank = 2, .chip = 4}, {.size = SIZE, .erase = BLOCK, .bank = 4, .chip = 0},
        {.size = SIZE, .erase = BLOCK, .bank = 0, .chip = 0}, {.size = SIZE + BLOCK, .erase = BLOCK, .bank = 4, .chip = 2},
        {.size = 0, .erase = BLOCK, .bank = 4, .chip = 2}, {.size = 1ull << 33, .erase = 1u << 23, .bank = 4, .chip = 2},
        {.size = SIZE, .erase = 0, .bank = 4, .chip = 2}, {.size = SIZE, .erase = 256, .bank = 4, .chip = 2},
        {.size = SIZE, .erase = 3 * BLOCK, .bank = 4, .chip = 2}, {.size = SIZE, .erase = 2 * SIZE, .bank = 4, .chip = 2},
        {.size = 1ull << 32, .erase = 1u << 15, .bank = 4, .chip = 2},
        {.size = 1ull << 32, .erase = 1u << 31, .bank = 4, .chip = 2},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(flash_check(&bad[i]), "geometry %u", i);
}
END_TEST

// Whatever is written: no access outside, and reads end.
START_TEST(random_writes)
{
    static uint8_t const commands[] = {0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xb0, 0xd0, 0xe8, 0xff, 0x01, 0x1f};
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t off = (uint64_t)rand() % (SIZE + 16);
        unsigned size = (unsigned)rand() % 4;
        uint8_t command = commands[(unsigned)rand() % sizeof(commands)];
        flash_write(&f, rand() % 2 ? off & ~3ull : off, size, rand() % 4 ? command : (uint64_t)rand());
        ck_assert(f.dirty_size == 0 || f.dirty + f.dirty_size <= BACKED);
        flash_read(&f, off, size);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_flash");
    TCase *c = tcase_create("flash");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, array);
    tcase_add_test(c, identification);
    tcase_add_test(c, query_table);
    tcase_add_test(c, erase_and_program);
    tcase_add_test(c, buffered);
    tcase_add_test(c, buffer_out_of_order);
    tcase_add_test(c, buffer_wrong);
    tcase_add_test(c, sequence_errors);
    tcase_add_test(c, lock_bits);
    tcase_add_test(c, read_only);
    tcase_add_test(c, not_backed);
    tcase_add_test(c, backed_in_part);
    tcase_add_test(c, across_blocks);
    tcase_add_test(c, unknown_commands);
    tcase_add_test(c, one_byte_wide);
    tcase_add_test(c, geometry);
    tcase_add_test(c, random_writes);
    suite_add_tcase(s, c);
    return unit_run(s);
}
