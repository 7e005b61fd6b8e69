// SPDX-License-Identifier: MIT
#include "object/vcon.h"
#include "arch/arm64/kernel_map.h"
#include "debug/print.h"
#include "ipc/invocation.h"
#include "object/icu.h"
#include "object/item.h"
#include "object/thread.h"
#include "uart/uart.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { VCON_WRITE, VCON_READ, VCON_SET_ATTR, VCON_GET_ATTR };
enum { WRITE_MAX = 61 * 8, READ_MAX = 62 * 8, INPUT_SIZE = 4096 };
// Attempts to send one character: far more than a slow line needs, but a dead one must not stop its writers for ever.
enum { WRITE_PATIENCE = 100000 };
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
    if (!(in->rights & CAP_W))
        return result_tag(-L4_EPERM, 0);
    uint64_t max = (in->w[0] >> 16) & 0xffffffff, n = 0;
    if (max > READ_MAX)
        max = READ_MAX;
    char *out = (char *)out_words(in, 1);
    while (n < max && input_tail != input_head) {
        out[n++] = input[input_tail];
        input_tail = (input_tail + 1) % INPUT_SIZE;
    }
    if (input_held)
        take_input();
    out_word(in, 0, n | (input_head == input_tail ? READ_DRAINED : 0));
    return result_tag(0, 0);
}

// What the UART had no room for yet. Neither interrupts nor locks wait for a slow line: the writer repeats its call until
// the text is out, and whoever else comes to write meanwhile sends it first, so that texts are not mixed.
static struct {
    char text[WRITE_MAX];
    uint64_t len, done;
    unsigned attempts; // in vain, one after the other
    struct thread const *writer;
} unsent;

static bool send_unsent(void)
{
    uint64_t n = uart_write_some(&uart, unsent.text + unsent.done, unsent.len - unsent.done);
    unsent.done += n;
    unsent.attempts = n ? 0 : unsent.attempts + 1;
    if (unsent.attempts > WRITE_PATIENCE)
        unsent.done = unsent.len;
    return unsent.done == unsent.len;
}

// False when the rest is left to send_unsent().
static bool send_text(struct thread *t, char const *text, uint64_t len)
{
    uint64_t n = uart_write_some(&uart, text, len);
    if (n == len)
        return true;
    unsent.len = len - n;
    for (uint64_t i = 0; i < unsent.len; i++)
        unsent.text[i] = text[n + i];
    unsent.done = unsent.attempts = 0;
    unsent.writer = t;
    return false;
}

static uint64_t op_write(struct invocation *in)
{
    struct thread *t = in->caller;
    uint64_t len = in->w[1];
    in->no_reply = true;
    if (tag_words(in->tag) < 2 || len > WRITE_MAX || !uart_ready)
        return 0;
    if (t->vcpu.area) { // an upcall may come between the parts of a call
        console_write((char const *)in_words(in, 2), len);
        return 0;
    }
    struct stopped_place place = {&vcon, VCON_WRITE, len, 0, 0};
    bool begun = t->stopped.valid && stopped_progress(t, in->tag, &place).count;
    bool out = begun && unsent.writer != t;
    if (!out && send_unsent()) {
        out = begun || send_text(t, (char const *)in_words(in, 2), len);
        if (!out)
            stopped_set(t, in->tag, &place, 0, &(struct progress){.count = 1});
    }
    if (!out)
        syscall_restart(in);
    return 0;
}

static uint64_t vcon_invoke(struct invocation *in)
{
    unsigned words = tag_words(in->tag);
    if (tag_label(in->tag) == L4_PROTO_IRQ)
        return icu_protocol(in, &input_pins);
    if (tag_label(in->tag) != L4_PROTO_LOG)
        return result_tag(-L4_EBADPROTO, 0);
    if (!words)
        return result_tag(-L4_EMSGTOOSHORT, 0);
    switch (in->w[0] & 0xffff) {
    case VCON_WRITE:
        return op_write(in);
    case VCON_READ:
        return op_read(in);
    case VCON_SET_ATTR:
        if (words < 4)
            return result_tag(-L4_EMSGTOOSHORT, 0);
        iflags = in->w[1];
        oflags = in->w[2] | ONLCR;
        lflags = in->w[3];
        return result_tag(0, 0);
    case VCON_GET_ATTR:
        out_word(in, 1, iflags);
        out_word(in, 2, oflags);
        out_word(in, 3, lflags);
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
