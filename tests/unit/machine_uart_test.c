// SPDX-License-Identifier: MIT
// The console.
#include "machine_tree.h"

START_TEST(test_uart_behind_ranges)
{
    tree_small_board();
    tree_soc("brcm,bcm2835-aux-uart", true);
    tree_chosen("/soc/serial@7e215040:115200");
    ck_assert(tree_finish_and_read(0));
    ck_assert_str_eq(machine_uart.ops->name, "BCM2835 mini UART");
    ck_assert_uint_eq(machine_uart.range.start, 0xfe215040);
    ck_assert_uint_eq(machine_uart.range.end, 0xfe215080);
    ck_assert_uint_eq(machine.uart_irq, 32 + 93);
}
END_TEST

START_TEST(test_uart_without_ranges_is_not_reachable)
{
    tree_small_board();
    tree_soc("brcm,bcm2835-aux-uart", false);
    ck_assert(tree_finish_and_read(0));
    ck_assert_ptr_null(machine_uart.ops);
}
END_TEST

START_TEST(test_unknown_stdout_falls_back)
{
    tree_small_board();
    tree_soc("acme,uart", true);
    tree_pl011("serial@9000000", 0x9000000);
    tree_chosen("/soc/serial@7e215040");
    ck_assert(tree_finish_and_read(0));
    ck_assert_str_eq(machine_uart.ops->name, "PL011");
    ck_reported("\"/soc/serial@7e215040\" is no UART that a driver knows: taking serial@9000000");
}
END_TEST

START_TEST(test_no_known_uart)
{
    tree_small_board();
    tree_soc("acme,uart", true);
    tree_chosen("serial7");
    ck_assert(tree_finish_and_read(0));
    ck_assert_ptr_null(machine_uart.ops);
    ck_reported("stdout-path \"serial7\" is no UART");
}
END_TEST

START_TEST(test_register_layout_of_16550)
{
    tree_small_board();
    tree_soc("ns16550a", true);
    ck_assert(tree_finish_and_read(0));
    ck_assert_str_eq(machine_uart.ops->name, "16550");
    ck_assert_uint_eq(machine_uart.reg_shift, 2);
    ck_assert_uint_eq(machine_uart.reg_width, 1);
}
END_TEST

START_TEST(test_uart_by_name_and_address)
{
    ck_assert(machine_parse_uart("brcm,bcm2835-aux-uart@0xfe215040", &machine_uart));
    ck_assert_str_eq(machine_uart.ops->name, "BCM2835 mini UART");
    ck_assert_uint_eq(machine_uart.range.start, 0xfe215040);
    ck_assert_uint_eq(machine_uart.range.end, 0xfe216000);
    ck_assert_uint_eq(machine_uart.reg_shift, 2);
    ck_assert_uint_eq(machine_uart.reg_width, 4);
    ck_assert(machine_parse_uart("ns16550a@0x9000,2,4", &machine_uart));
    ck_assert_uint_eq(machine_uart.range.start, 0x9000);
    ck_assert_uint_eq(machine_uart.reg_shift, 2);
    ck_assert_uint_eq(machine_uart.reg_width, 4);
    static char const *const bad[] = {
        "", "@", "@0x", "arm,pl011", "arm,pl011@", "arm,pl011@0x", "arm,pl011@9000000",
        "arm,pl011@0x9000002", "arm,pl011@0x90000g0", "arm,pl011@0x90 ", "arm,pl011@0x9000:0",
        "acme,uart@0x9000000",
        "arm,pl011@0x9000,", "arm,pl011@0x9000,2", "arm,pl011@0x9000,2,", "arm,pl011@0x9000,5,4",
        "arm,pl011@0x9000,2,3", "arm,pl011@0x9000,2,4x", "arm,pl011@,2,4", "arm,pl011@0x,2,4",
        "arm,pl011@0x1000000000000", "arm,pl011@0x10000000000000000000000",
        "a-name-of-more-than-the-sixty-three-characters-that-there-are-room-for@0x9000000",
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!machine_parse_uart(bad[i], &machine_uart), "%s", bad[i]);
        ck_assert_ptr_null(machine_uart.ops);
    }
}
END_TEST

TCase *machine_uart_cases(void)
{
    TCase *c = tcase_create("uart");
    tcase_add_test(c, test_uart_behind_ranges);
    tcase_add_test(c, test_uart_without_ranges_is_not_reachable);
    tcase_add_test(c, test_unknown_stdout_falls_back);
    tcase_add_test(c, test_no_known_uart);
    tcase_add_test(c, test_register_layout_of_16550);
    tcase_add_test(c, test_uart_by_name_and_address);
    return c;
}
