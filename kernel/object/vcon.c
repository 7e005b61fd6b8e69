// SPDX-License-Identifier: MIT
#include "object/vcon.h"
#include "debug/console.h"
#include "ipc/invocation.h"
#include "object/icu.h"
#include "uart/uart.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { INPUT_SIZE = 4096 };
_Static_assert((int)L4_VCON_WRITE_SIZE <= (int)CONSOLE_TEXT_MAX, "a write is one text");

static struct object vcon;
static struct irq *input_irq;
static struct icu_pins const input_pins = {.count = 1, .slots = &input_irq};
static uint64_t iflags = L4_VCON_ICRNL, oflags = L4_VCON_ONLCR, lflags = L4_VCON_ECHO;
static char input[INPUT_SIZE];
static unsigned input_head, input_tail;
static bool input_held; // the buffer is full: what comes waits in the UART

// Takes what has arrived, as far as there is room. A sender that heeds flow control (an emulator
// above all) loses nothing: while the buffer is full the UART keeps its characters.
static void take_input(void)
{
    struct uart *uart = console_uart();
    int c;
    uart->ops->rx_irq_ack(uart);
    while ((input_head + 1) % INPUT_SIZE != input_tail) {
        if ((c = uart->ops->getc(uart)) < 0) {
            if (input_held)
                uart->ops->rx_irq_enable(uart, true);
            input_held = false;
            return;
        }
        if (c == '\r' && (iflags & L4_VCON_IGNCR))
            continue;
        if (c == '\r' && (iflags & L4_VCON_ICRNL))
            c = '\n';
        else if (c == '\n' && (iflags & L4_VCON_INLCR))
            c = '\r';
        input[input_head] = (char)c;
        input_head = (input_head + 1) % INPUT_SIZE;
    }
    if (!input_held)
        uart->ops->rx_irq_enable(uart, false);
    input_held = true;
}

static void console_irq(void)
{
    bool was_empty = input_head == input_tail;
    take_input();
    if (was_empty && input_head != input_tail && input_irq)
        irq_handle(input_irq);
}

void console_input_init(struct boot_info const *bi)
{
    struct uart *uart = console_uart();
    if (!uart || !bi->uart.irq)
        return;
    icu_reserve(bi->uart.irq, true, console_irq);
    uart->ops->rx_irq_enable(uart, true);
}

struct object *vcon_object(void)
{
    object_init(&vcon, OBJ_VCON, 0);
    vcon.immortal = true;
    return &vcon;
}

// The log protocol changes nothing outside of this file and console.c, and holds no more than the caller's local lock: of
// the CPUs that come at a time one works, and the others come again.
static uint64_t with_console(struct invocation *in, uint64_t (*run)(struct invocation *in))
{
    if (!console_lock_try()) {
        return syscall_restart(in);
    }
    uint64_t result = run(in);
    console_unlock();
    return result;
}

static uint64_t read_input(struct invocation *in)
{
    uint64_t max = (in->w[0] >> L4_VCON_READ_SIZE_SHIFT) & 0xffffffff, n = 0;
    if (max > L4_VCON_READ_SIZE)
        max = L4_VCON_READ_SIZE;
    char *out = (char *)out_words(in, 1);
    while (n < max && input_tail != input_head) {
        out[n++] = input[input_tail];
        input_tail = (input_tail + 1) % INPUT_SIZE;
    }
    if (input_held)
        take_input();
    out_word(in, 0, n | (input_head == input_tail ? L4_VCON_READ_STAT_DONE : 0));
    return result_tag(0, 0);
}

static uint64_t op_read(struct invocation *in)
{
    return with_console(in, read_input);
}

// The call is repeated until what was written before is out. Nothing of it has happened then, so that an upcall to a vCPU
// may come between.
static uint64_t write_output(struct invocation *in)
{
    uint64_t len = in->w[1];
    bool sent = len > L4_VCON_WRITE_SIZE || !console_uart() || console_send((char const *)in_words(in, 2), len);
    return sent ? 0 : syscall_restart(in);
}

static uint64_t op_write(struct invocation *in)
{
    return with_console(in, write_output);
}

static uint64_t set_attr(struct invocation *in)
{
    iflags = in->w[1];
    oflags = in->w[2] | L4_VCON_ONLCR;
    lflags = in->w[3];
    return result_tag(0, 0);
}

static uint64_t op_set_attr(struct invocation *in)
{
    return with_console(in, set_attr);
}

static uint64_t get_attr(struct invocation *in)
{
    out_word(in, 1, iflags);
    out_word(in, 2, oflags);
    out_word(in, 3, lflags);
    return result_tag(0, 4);
}

static uint64_t op_get_attr(struct invocation *in)
{
    return with_console(in, get_attr);
}

static struct operation const operations[] = {
    [L4_VCON_WRITE_OP] = {op_write, AT_LEAST(2), .flags = OP_NO_REPLY, .locks = OP_LOCKS_NONE, .name = "write"},
    [L4_VCON_READ_OP] = {op_read, AT_LEAST(1), CAP_W, .locks = OP_LOCKS_NONE, .name = "read"},
    [L4_VCON_SET_ATTR_OP] = {op_set_attr, AT_LEAST(4), .locks = OP_LOCKS_NONE, .name = "set_attr"},
    [L4_VCON_GET_ATTR_OP] = {op_get_attr, AT_LEAST(1), .locks = OP_LOCKS_NONE, .name = "get_attr"},
};

static void vcon_destroy(struct object *o)
{
    (void)o; // immortal
}

struct object_ops const vcon_ops = {
    .protocols = {{L4_PROTO_LOG, L4_VCON_OPCODE_MASK, OPERATIONS(operations)}, ICU_PROTOCOL},
    .pins = &input_pins,
    .destroy = vcon_destroy,
};
