// SPDX-License-Identifier: MIT
#include "object/vcon.h"
#include "arch/arm64/kernel_map.h"
#include "debug/print.h"
#include "ipc/utcb.h"
#include "object/icu.h"
#include "object/item.h"
#include "object/thread.h"
#include "uart/uart.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { VCON_WRITE, VCON_READ, VCON_SET_ATTR, VCON_GET_ATTR };
enum { WRITE_MAX = 61 * 8, READ_MAX = 62 * 8, INPUT_SIZE = 4096 };
enum { INLCR = 0100, IGNCR = 0200, ICRNL = 0400, ONLCR = 4, ECHO = 010 };
#define READ_DRAINED (1ull << 31)

static struct object vcon;
static struct uart uart;
static bool uart_ready;
static struct irq *input_irq;
static struct icu_pins const input_pins = {.count = 1, .slots = &input_irq};
static uint64_t iflags = ICRNL, oflags = ONLCR, lflags = ECHO;
static char input[INPUT_SIZE];
static unsigned input_head, input_tail;
static bool input_held; // the buffer is full: what comes waits in the UART

void console_write(char const *s, size_t len)
{
    if (!uart_ready)
        return;
    uart_write(&uart, s, len);
}

void console_init(struct boot_info const *bi)
{
    if (!bi->uart.driver || (bi->flags & BOOT_FLAG_NO_SERIAL))
        return;
    uart.ops = uart_of_number(bi->uart.driver);
    if (!uart.ops)
        return;
    uart.base = kernel_map_device(bi->uart.phys, bi->uart.size ? bi->uart.size : 0x1000);
    uart.reg_shift = bi->uart.reg_shift;
    uart.reg_width = bi->uart.reg_width;
    uart_ready = true;
}

// Takes what has arrived, as far as there is room. A sender that heeds flow control (an emulator
// above all) loses nothing: while the buffer is full the UART keeps its characters.
static void take_input(void)
{
    int c;
    uart.ops->rx_irq_ack(&uart);
    while ((input_head + 1) % INPUT_SIZE != input_tail) {
        if ((c = uart.ops->getc(&uart)) < 0) {
            if (input_held)
                uart.ops->rx_irq_enable(&uart, true);
            input_held = false;
            return;
        }
        if (c == '\r' && (iflags & IGNCR))
            continue;
        if (c == '\r' && (iflags & ICRNL))
            c = '\n';
        else if (c == '\n' && (iflags & INLCR))
            c = '\r';
        input[input_head] = (char)c;
        input_head = (input_head + 1) % INPUT_SIZE;
    }
    if (!input_held)
        uart.ops->rx_irq_enable(&uart, false);
    input_held = true;
}

static void console_irq(void)
{
    bool was_empty = input_head == input_tail;
    take_input();
    if (was_empty && input_head != input_tail && input_irq)
        irq_hit(input_irq);
}

void console_input_init(struct boot_info const *bi)
{
    if (!uart_ready || !bi->uart.irq)
        return;
    icu_reserve(bi->uart.irq, console_irq);
    uart.ops->rx_irq_enable(&uart, true);
}

struct object *vcon_object(void)
{
    object_init(&vcon, OBJ_VCON, 0);
    vcon.immortal = true;
    return &vcon;
}

static uint64_t op_read(struct invocation *in)
{
    struct utcb *u = in->caller->utcb;
    if (!(in->rights & CAP_W))
        return result_tag(-L4_EPERM, 0);
    uint64_t max = (u->mr[0] >> 16) & 0xffffffff, n = 0;
    if (max > READ_MAX)
        max = READ_MAX;
    char *out = (char *)&u->mr[1];
    while (n < max && input_tail != input_head) {
        out[n++] = input[input_tail];
        input_tail = (input_tail + 1) % INPUT_SIZE;
    }
    if (input_held)
        take_input();
    u->mr[0] = n | (input_head == input_tail ? READ_DRAINED : 0);
    return result_tag(0, 0);
}

static uint64_t vcon_invoke(struct invocation *in)
{
    struct utcb *u = in->caller->utcb;
    unsigned words = tag_words(in->tag);
    if (tag_label(in->tag) == L4_PROTO_IRQ)
        return icu_protocol(in, &input_pins);
    if (tag_label(in->tag) != L4_PROTO_LOG)
        return result_tag(-L4_EBADPROTO, 0);
    if (!words)
        return result_tag(-L4_EMSGTOOSHORT, 0);
    switch (u->mr[0] & 0xffff) {
    case VCON_WRITE: {
        in->no_reply = true;
        uint64_t len = u->mr[1];
        if (words >= 2 && len <= WRITE_MAX)
            console_write((char const *)&u->mr[2], len);
        return 0;
    }
    case VCON_READ:
        return op_read(in);
    case VCON_SET_ATTR:
        if (words < 4)
            return result_tag(-L4_EMSGTOOSHORT, 0);
        iflags = u->mr[1];
        oflags = u->mr[2] | ONLCR;
        lflags = u->mr[3];
        return result_tag(0, 0);
    case VCON_GET_ATTR:
        u->mr[1] = iflags;
        u->mr[2] = oflags;
        u->mr[3] = lflags;
        return result_tag(0, 4);
    default:
        return result_tag(-L4_ENOSYS, 0);
    }
}

static void vcon_destroy(struct object *o)
{
    (void)o; // immortal
}

struct object_ops const vcon_ops = {.invoke = vcon_invoke, .destroy = vcon_destroy};
