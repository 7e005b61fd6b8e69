// SPDX-License-Identifier: MIT
// The real-time clock PL031 and the watchdog SP805.
#include "device/pl031_regs.h"
#include "device/sp805_regs.h"
#include "unit_run.h"

#include <check.h>

#define TIME 1767225600u // 2026-01-01

START_TEST(clock_runs)
{
    struct pl031_regs r;
    pl031_init(&r, TIME, 500);
    ck_assert_uint_eq(pl031_read(&r, 0x00, 500), TIME);
    ck_assert_uint_eq(pl031_read(&r, 0x00, 560), TIME + 60);
    ck_assert_uint_eq(pl031_read(&r, 0x08, 560), TIME);
    ck_assert_uint_eq(pl031_read(&r, 0x0c, 560), 1);
    pl031_write(&r, 0x0c, 0, 560); // it cannot be stopped
    pl031_write(&r, 0x08, 1000, 560);
    ck_assert_uint_eq(pl031_read(&r, 0x00, 561), 1001);
    ck_assert_uint_eq(pl031_read(&r, 0x08, 561), 1000);
    ck_assert_uint_eq(pl031_read(&r, 0x00, 100), 540); // `now` wraps as the clock does
}
END_TEST

START_TEST(clock_identification)
{
    struct pl031_regs r;
    uint32_t id = 0, cell = 0;
    pl031_init(&r, TIME, 0);
    for (unsigned i = 0; i < 4; i++) {
        id |= pl031_read(&r, 0xfe0 + 4 * i, 0) << 8 * i;
        cell |= pl031_read(&r, 0xff0 + 4 * i, 0) << 8 * i;
    }
    ck_assert_uint_eq(id, 0x00041031);
    ck_assert_uint_eq(cell, 0xb105f00d);
    ck_assert_uint_eq(pl031_read(&r, 0xfe1, 0), 0);
    ck_assert_uint_eq(pl031_read(&r, 0x1000, 0), 0);
    ck_assert_uint_eq(pl031_read(&r, 0x18c, 0), 0);
}
END_TEST

START_TEST(clock_alarm)
{
    struct pl031_regs r;
    uint32_t left;
    pl031_init(&r, TIME, 0);
    ck_assert(!pl031_alarm(&r, 0, &left));
    pl031_write(&r, 0x04, TIME + 10, 0);
    ck_assert(!pl031_alarm(&r, 0, &left)); // masked
    pl031_write(&r, 0x10, 1, 0);
    ck_assert(pl031_alarm(&r, 3, &left));
    ck_assert_uint_eq(left, 7);
    ck_assert(!pl031_irq(&r, 9));
    ck_assert(pl031_irq(&r, 10));
    ck_assert(!pl031_alarm(&r, 10, &left));
    ck_assert_uint_eq(pl031_read(&r, 0x14, 11), 1);
    ck_assert_uint_eq(pl031_read(&r, 0x18, 11), 1);
    pl031_write(&r, 0x1c, 1, 12);
    ck_assert(!pl031_irq(&r, 12));
    ck_assert(!pl031_irq(&r, 100)); // once
    pl031_write(&r, 0x04, TIME + 200, 200); // the present second
    ck_assert(pl031_irq(&r, 200));
    pl031_write(&r, 0x10, 0, 200);
    ck_assert(!pl031_irq(&r, 200));
    ck_assert_uint_eq(pl031_read(&r, 0x14, 200), 1);
    ck_assert_uint_eq(pl031_read(&r, 0x18, 200), 0);
}
END_TEST

START_TEST(clock_alarm_seen_late)
{
    struct pl031_regs r;
    pl031_init(&r, TIME, 0);
    pl031_write(&r, 0x10, 1, 0);
    pl031_write(&r, 0x04, TIME + 10, 0);
    ck_assert(pl031_irq(&r, 5000));
    pl031_write(&r, 0x1c, 1, 5000);
    pl031_write(&r, 0x04, TIME, 5000); // in the past
    ck_assert(!pl031_irq(&r, 6000));
    pl031_write(&r, 0x08, TIME - 5, 6000); // the clock is set back before it
    ck_assert(!pl031_irq(&r, 6004));
    ck_assert(pl031_irq(&r, 6005));
}
END_TEST

static struct sp805_regs started(uint32_t load, uint32_t control)
{
    struct sp805_regs r;
    sp805_init(&r);
    sp805_write(&r, 0x00, load, 0);
    sp805_write(&r, 0x08, control, 0);
    return r;
}

START_TEST(watchdog_counts)
{
    struct sp805_regs r;
    sp805_init(&r);
    ck_assert_uint_eq(sp805_read(&r, 0x00, 0), ~0u);
    ck_assert_uint_eq(sp805_read(&r, 0x04, 99), ~0u); // it stands
    ck_assert_uint_eq(sp805_deadline(&r, 99), SP805_NEVER);
    r = started(1000, 1);
    ck_assert_uint_eq(sp805_read(&r, 0x04, 0), 1000);
    ck_assert_uint_eq(sp805_read(&r, 0x04, 400), 600);
    ck_assert_uint_eq(sp805_deadline(&r, 400), 1000);
    ck_assert(!sp805_irq(&r, 999));
    ck_assert(sp805_irq(&r, 1000));
    ck_assert_uint_eq(sp805_read(&r, 0x04, 1000), 0);
    ck_assert_uint_eq(sp805_read(&r, 0x04, 1001), 1000); // from the beginning
    ck_assert_uint_eq(sp805_read(&r, 0x10, 1001), 1);
    ck_assert_uint_eq(sp805_read(&r, 0x14, 1001), 1);
    ck_assert(!sp805_reset(&r, 1u << 30)); // not enabled
    ck_assert_uint_eq(sp805_deadline(&r, 5000), SP805_NEVER);
    sp805_write(&r, 0x0c, 0, 6000);
    ck_assert(!sp805_irq(&r, 6000));
    ck_assert_uint_eq(sp805_read(&r, 0x04, 6001), 999);
    sp805_write(&r, 0x08, 0, 6100); // stands
    ck_assert_uint_eq(sp805_read(&r, 0x04, 9000), 900);
    ck_assert(!sp805_irq(&r, 9000));
    sp805_write(&r, 0x08, 1, 9000); // from the beginning
    ck_assert_uint_eq(sp805_read(&r, 0x04, 9000), 1000);
}
END_TEST

START_TEST(watchdog_resets)
{
    struct sp805_regs r = started(1000, 3);
    ck_assert(!sp805_reset(&r, 1000));
    ck_assert_uint_eq(sp805_deadline(&r, 1000), 2001);
    ck_assert(!sp805_reset(&r, 2000));
    ck_assert(sp805_reset(&r, 2001));
    r = started(1000, 3);
    ck_assert(sp805_reset(&r, 1u << 20)); // nobody has looked in between
    r = started(1000, 3);
    for (uint64_t now = 900; now < 100000; now += 900) {
        ck_assert(!sp805_irq(&r, now));
        sp805_write(&r, 0x0c, 1, now);
        ck_assert(!sp805_reset(&r, now));
    }
    r = started(1000, 2); // without INTEN it stands
    ck_assert(!sp805_reset(&r, 1u << 20));
    ck_assert_uint_eq(sp805_deadline(&r, 1), SP805_NEVER);
    r = started(0, 3);
    ck_assert(sp805_reset(&r, 1));
    r = started(~0u, 3);
    ck_assert_uint_eq(sp805_deadline(&r, 0), ~0u);
    ck_assert(!sp805_reset(&r, 0x1fffffffeull));
    ck_assert(sp805_reset(&r, 0x1ffffffffull));
}
END_TEST

START_TEST(watchdog_reset_enabled_late)
{
    struct sp805_regs r = started(1000, 1);
    ck_assert(sp805_irq(&r, 5500)); // has been at 0 five times
    sp805_write(&r, 0x08, 3, 5500);
    ck_assert(!sp805_reset(&r, 5500));
    ck_assert_uint_eq(sp805_deadline(&r, 5500), 1000 + 5 * 1001);
    ck_assert(sp805_reset(&r, 1000 + 5 * 1001));
}
END_TEST

START_TEST(watchdog_lock)
{
    struct sp805_regs r = started(1000, 3);
    ck_assert_uint_eq(sp805_read(&r, 0xc00, 0), 0);
    sp805_write(&r, 0xc00, 1, 0);
    ck_assert_uint_eq(sp805_read(&r, 0xc00, 0), 1);
    sp805_write(&r, 0x08, 0, 10);
    sp805_write(&r, 0x00, 5, 10);
    ck_assert_uint_eq(sp805_read(&r, 0x08, 10), 3);
    ck_assert_uint_eq(sp805_read(&r, 0x04, 10), 990);
    sp805_write(&r, 0xc00, 0x1acce551, 10);
    sp805_write(&r, 0x08, 0, 10);
    ck_assert_uint_eq(sp805_read(&r, 0x08, 10), 0);
    uint32_t id = 0;
    for (unsigned i = 0; i < 4; i++)
        id |= sp805_read(&r, 0xfe0 + 4 * i, 0) << 8 * i;
    ck_assert_uint_eq(id, 0x00141805);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_clocks");
    TCase *c = tcase_create("PL031");
    tcase_add_test(c, clock_runs);
    tcase_add_test(c, clock_identification);
    tcase_add_test(c, clock_alarm);
    tcase_add_test(c, clock_alarm_seen_late);
    suite_add_tcase(s, c);
    c = tcase_create("SP805");
    tcase_add_test(c, watchdog_counts);
    tcase_add_test(c, watchdog_resets);
    tcase_add_test(c, watchdog_reset_enabled_late);
    tcase_add_test(c, watchdog_lock);
    suite_add_tcase(s, c);
    return unit_run(s);
}
