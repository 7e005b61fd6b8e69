// SPDX-License-Identifier: MIT
// SD cards behind both kinds of controllers: identification, transfers, and all that goes wrong with them.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "sd_model.h"
#include "unit_run.h"

enum { LIMIT = 100000, STORM = 1000 };
#define TOO_LONG 60000000ull // us

static struct sd_card card;
static uint64_t now;
static unsigned ends, changes;
static bool ok;
static uint8_t data[SD_BLOCKS_MAX * SD_BLOCK];

static void ended(struct sd_card *c, bool how)
{
    (void)c;
    ends++;
    ok = how;
}

static void changed(struct sd_card *c)
{
    (void)c;
    changes++;
}

// Goes on as a driver does: at interrupts, and when the card wants it; until it rests.
static void run(void)
{
    uint64_t const begin = now;
    for (unsigned i = 0, storm = 0; card.state > SD_READY; i++) {
        ck_assert_uint_lt(i, LIMIT);
        ck_assert_msg(now - begin < TOO_LONG, "it takes too long");
        if (model_interrupt()) {
            ck_assert_uint_lt(storm++, STORM);
        } else {
            ck_assert_msg(card.wake > now, "nothing wakes it");
            now = card.wake;
            storm = 0;
        }
        sd_card_step(&card, now);
    }
    ck_assert_msg(!model.wrong, "the driver is wrong: %s", model.wrong);
}

static void begin(struct model const *m)
{
    model_init(m);
    now = 1000000;
    ends = changes = 0;
    card = (struct sd_card){ .ended = ended, .changed = changed };
    card.host.kind = m->usdhc ? &sdhci_usdhc : &sdhci_bcm2711;
    sd_card_start(&card, now);
    run();
}

static bool transfer(bool write, uint64_t sector, unsigned count)
{
    ends = 0;
    ck_assert_int_eq(card.state, SD_READY);
    sd_card_transfer(&card, write, sector, count, data, now);
    run();
    ck_assert_uint_eq(ends, 1);
    return ok;
}

static void fail_from_now(unsigned index, unsigned after, unsigned times, enum model_fault fault)
{
    model.fault_index = index;
    model.after = after;
    model.times = times;
    model.fault = fault;
}

static struct model const kinds[] = {
    { .usdhc = false },
    { .usdhc = true },
    { .standard = true },
    { .usdhc = true, .standard = true, .old = true, .rounds = 3 },
    { .old = true, .standard = true },
    { .rounds = 7 },
};

START_TEST(a_card)
{
    struct sd_card_name n;
    begin(&kinds[_i]);
    ck_assert_int_eq(card.state, SD_READY);
    ck_assert_uint_eq(card.wake, 0);
    ck_assert_uint_eq(card.info.sectors, MODEL_SECTORS);
    ck_assert(!card.info.read_only && card.blocks == !kinds[_i].standard && !card.why);
    ck_assert(model.wide && model.hz <= SDHCI_FAST_HZ && model.hz > SDHCI_FAST_HZ / 2);
    sd_cid_read(card.cid, &n);
    ck_assert_str_eq(n.product, "SU16G");
    ck_assert_uint_eq(n.serial, 0xdeadbeef);

    // Reads, of all lengths and to the last sector; writes, which are on the medium when they end.
    static unsigned const counts[] = { 1, 2, 5, SD_BLOCKS_MAX };
    for (unsigned i = 0; i < 4; i++) {
        unsigned const n = counts[i], at = MODEL_SECTORS - n;
        ck_assert(transfer(false, at, n));
        ck_assert_mem_eq(data, model.media + at * 512, n * 512);
        for (unsigned k = 0; k < n * 512; k++)
            data[k] = (uint8_t)(k * 3 + i);
        ck_assert(transfer(true, 10 * i, n));
        ck_assert_mem_eq(model.media + 5120 * i, data, n * 512);
    }
}
END_TEST

// Identification: what a card or its controller does, and what is said of it.
static struct {
    struct model m;
    char const *why;
} const refused[] = {
    { { .stuck = true }, "its controller does not come out of a reset" },
    { { .fault_index = MODEL_ALL, .times = ~0u, .fault = MODEL_NO_ANSWER }, "there is no SD card" },
    { { .fault_index = 55, .times = ~0u, .fault = MODEL_NO_ANSWER }, "there is no SD card" },
    { { .fault_index = 2, .times = ~0u, .fault = MODEL_CRC }, "what it says arrives damaged" },
    { { .fault_index = 3, .times = ~0u, .fault = MODEL_INDEX }, "what it says arrives damaged" },
    { { .fault_index = 0, .times = ~0u, .fault = MODEL_SILENT }, "its controller does not work" },
    { { .fault_index = 9, .times = ~0u, .fault = MODEL_SILENT }, "its controller does not work" },
    { { .fault_index = 16, .times = ~0u, .fault = MODEL_REFUSED }, "it refuses a command" },
    { { .fault_index = 7, .times = ~0u, .fault = MODEL_PULLED }, "there is no SD card" },
    { { .never_ready = true }, "it does not become ready" },
    { { .locked = true }, "it is locked by a password" },
};

START_TEST(no_use)
{
    begin(&refused[_i].m);
    ck_assert_int_eq(card.state, SD_ABSENT);
    ck_assert_str_eq(card.why, refused[_i].why);
    ck_assert_uint_ge(card.wake, now + 1);
    ck_assert_uint_eq(changes, 1);

    // It is looked at again, and works if it is another day.
    model.times = 0;
    model.stuck = model.never_ready = model.locked = false;
    model.inserted = true;
    now = card.wake;
    sd_card_step(&card, now);
    run();
    ck_assert_int_eq(card.state, SD_READY);
    ck_assert(!card.why && transfer(false, 0, 4));
}
END_TEST

START_TEST(csd)
{
    static struct {
        uint32_t csd[4];
        bool blocks;
        char const *why;
        uint64_t sectors;
        bool read_only;
    } const cases[] = {
        { { 0x400e0032, 0x5b590000, 0x00007f80, 0x0a400000 }, true, NULL, 1024, false },
        { { 0x400e0032, 0x5b59003f, 0xffff7f80, 0x0a400000 }, true, NULL, 1ull << 32, false }, // 2 TiB
        { { 0x400e0032, 0x5b590000, 0xffff7f80, 0x0a403000 }, true, NULL, 65536 * 1024, true },
        { { 0x400e0032, 0x5b590000, 0x00007f80, 0x0a401000 }, true, NULL, 1024, true },
        { { 0x00000032, 0x000903ff, 0xc0038000, 0 }, false, NULL, 4096u << 9, false },
        { { 0x00000032, 0x000b03ff, 0xc0038000, 0 }, false, NULL, 4096u << 11, false }, // 4 GiB: the last byte's address fits
        { { 0x00000032, 0x000c03ff, 0xc0038000, 0 }, false, "its CSD has blocks of a wrong size", 0, false },
        { { 0x00000032, 0x000803ff, 0xc0038000, 0 }, false, "its CSD has blocks of a wrong size", 0, false },
        { { 0x400e0032, 0x5b590000, 0x00007f80, 0 }, false, "its CSD contradicts what it said of its capacity", 0, false },
        { { 0x00000032, 0x000903ff, 0xc0038000, 0 }, true, "its CSD contradicts what it said of its capacity", 0, false },
        { { 0x800e0032, 0x5b590000, 0x00007f80, 0 }, true, "its CSD has a structure that is not known", 0, false },
        { { ~0u, ~0u, ~0u, ~0u }, true, "its CSD has a structure that is not known", 0, false },
    };
    struct sd_card_info info;
    char const *why = sd_csd_read(cases[_i].csd, cases[_i].blocks, &info);
    ck_assert_pstr_eq(why, cases[_i].why);
    if (!why) {
        ck_assert_uint_eq(info.sectors, cases[_i].sectors);
        ck_assert_int_eq(info.read_only, cases[_i].read_only);
    }
}
END_TEST

START_TEST(names)
{
    static uint32_t const cid[4] = { 0x1b534d1b, 0x5b337f80, 0x10000000, 0x01000000 };
    struct sd_card_name n;
    sd_cid_read(cid, &n);
    ck_assert_str_eq(n.product, "?[3??");
    ck_assert_uint_eq(n.serial, 1);
    ck_assert_uint_eq(n.manufacturer, 0x1b);
}
END_TEST

// A transfer: what goes wrong once is tried again, what goes wrong always is an error, and the card goes on.
static struct {
    unsigned index, count;
    bool write;
    enum model_fault fault;
} const failing[] = {
    { 17, 1, false, MODEL_NO_ANSWER }, { 17, 1, false, MODEL_CRC },     { 17, 1, false, MODEL_SILENT },
    { 17, 1, false, MODEL_INDEX },     { 17, 1, false, MODEL_REFUSED }, { 18, 9, false, MODEL_CRC },
    { 18, 9, false, MODEL_SILENT },    { 18, 9, false, MODEL_INDEX },   { 18, 9, false, MODEL_EARLY },
    { 18, 9, false, MODEL_REFUSED },   { 24, 1, true, MODEL_CRC },      { 24, 1, true, MODEL_SILENT },
    { 25, 9, true, MODEL_CRC },        { 25, 9, true, MODEL_SILENT },   { 25, 9, true, MODEL_EARLY },
    { 25, 9, true, MODEL_NO_ANSWER },  { 13, 9, true, MODEL_REFUSED },
};
enum { FAILING = sizeof(failing) / sizeof(failing[0]) };

START_TEST(trouble)
{
    bool const write = failing[_i % FAILING].write;
    unsigned const count = failing[_i % FAILING].count, index = failing[_i % FAILING].index;
    begin(&kinds[_i / FAILING]);
    for (unsigned times = 1; times <= 9; times += 8) {
        memset(data, (int)times, sizeof(data));
        fail_from_now(index, 0, times, failing[_i % FAILING].fault);
        model.transfers = 0;
        bool const good = transfer(write, 100, count);
        ck_assert_uint_le(model.transfers, SD_TRIES);
        ck_assert_int_eq(good, times == 1);
        if (good)
            ck_assert_mem_eq(data, model.media + 100 * 512, count * 512);
        model.times = 0;
        if (card.state == SD_ABSENT) { // not even its state could be read
            now = card.wake;
            sd_card_step(&card, now);
            run();
        }
        ck_assert(transfer(true, 500, 3) && transfer(false, 400, 128));
    }
}
END_TEST

// A controller that has more blocks than were asked for: they are not taken.
START_TEST(flood)
{
    static uint8_t guarded[3 * SD_BLOCK];
    begin(&kinds[_i]);
    fail_from_now(18, 0, ~0u, MODEL_FLOOD);
    ends = 0;
    uint8_t *end = malloc(sizeof(guarded));
    sd_card_transfer(&card, false, 7, 3, end, now);
    run();
    free(end);
    ck_assert(ends == 1 && !ok);
}
END_TEST

// A write has ended when the card says so, whatever the controller says.
START_TEST(busy)
{
    begin(&kinds[_i]);
    model.stays_busy = true;
    memset(data, 0x77, sizeof(data));
    ck_assert(!transfer(true, 3, 2));
    ck_assert_uint_ne(model.media[3 * 512], 0x77);
}
END_TEST

// Pulled in the middle: an error, and the same card is used again when it is back; another one never.
START_TEST(pulled)
{
    begin(&kinds[_i]);
    fail_from_now(_i % 2 ? 25 : 18, 0, 1, MODEL_PULLED);
    ck_assert(!transfer(_i % 2, 8, 20));
    ck_assert_int_eq(card.state, SD_ABSENT);
    ck_assert_str_eq(card.why, "there is no SD card");
    ck_assert_uint_gt(card.wake, now);

    model.inserted = true;
    model.cid[2] ^= 1;
    now = card.wake;
    sd_card_step(&card, now);
    run();
    ck_assert_int_eq(card.state, SD_ABSENT);
    ck_assert_str_eq(card.why, "another card is there than was at first");

    model.cid[2] ^= 1;
    model.csd[_i < 2 ? 2 : 1] ^= _i < 2 ? 1u << 17 : 1; // of another size
    now = card.wake;
    sd_card_step(&card, now);
    run();
    ck_assert_int_eq(card.state, SD_ABSENT);

    model.csd[_i < 2 ? 2 : 1] ^= _i < 2 ? 1u << 17 : 1;
    now = card.wake;
    sd_card_step(&card, now);
    run();
    ck_assert_int_eq(card.state, SD_READY);
    ck_assert(transfer(false, 8, 20));
    ck_assert_mem_eq(data, model.media + 8 * 512, 20 * 512);
}
END_TEST

// A hiccup: the card has to be identified anew, and the transfer is not lost.
START_TEST(hiccup)
{
    begin(&kinds[_i]);
    model.resets = 0;
    fail_from_now(MODEL_ALL, 0, 3, MODEL_NO_ANSWER); // the transfer, the stop, its state
    ck_assert(transfer(false, 77, 4));
    ck_assert_uint_eq(model.resets, 1);
    ck_assert_mem_eq(data, model.media + 77 * 512, 4 * 512);
}
END_TEST

// An event that belongs to nothing does not keep the interrupt up.
START_TEST(stray)
{
    begin(&kinds[_i]);
    model_stray();
    ck_assert(model_interrupt());
    sd_card_step(&card, now);
    ck_assert(!model_interrupt());
    ck_assert(transfer(false, 1, 1));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("SD cards");
    TCase *tc = tcase_create("cards");
    enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_card, 0, KINDS);
    tcase_add_loop_test(tc, no_use, 0, sizeof(refused) / sizeof(refused[0]));
    tcase_add_loop_test(tc, csd, 0, 12);
    tcase_add_test(tc, names);
    tcase_add_loop_test(tc, trouble, 0, 2 * FAILING);
    tcase_add_loop_test(tc, flood, 0, 2);
    tcase_add_loop_test(tc, busy, 0, 2);
    tcase_add_loop_test(tc, pulled, 0, 4);
    tcase_add_loop_test(tc, hiccup, 0, 4);
    tcase_add_loop_test(tc, stray, 0, 2);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
