// SPDX-License-Identifier: MIT
// A command line for ned: sends what is typed on the log to the command channel `svr` and prints
// the answer. Usage: ned-prompt [prompt]
#include "command.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <l4/sys/factory.h>
#include <l4/sys/icu.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/irq.h>
#include <l4/sys/rcv_endpoint.h>
#include <l4/sys/vcon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 400

static l4_cap_idx_t log_cap, input_irq;

static void die(char const *what, long err)
{
    fprintf(stderr, "ned-prompt: %s: %s (%ld)\n", what, l4sys_errtostr(err), err);
    exit(1);
}

static void print(char const *text, size_t n)
{
    l4_vcon_write(log_cap, text, (unsigned)n);
}

static void print_string(char const *text)
{
    print(text, strlen(text));
}

static void open_input(void)
{
    l4_vcon_attr_t raw = {0, 0, 0};
    input_irq = l4re_util_cap_alloc();
    long err = l4_error(l4_factory_create_irq(l4re_env()->factory, input_irq));
    if (err >= 0)
        err = l4_error(l4_rcv_ep_bind_thread(input_irq, l4re_env()->main_thread, 0));
    if (err >= 0)
        err = l4_error(l4_icu_bind(log_cap, 0, input_irq));
    if (err < 0)
        die("the log gives no input", err);
    l4_irq_unmask(input_irq);
    l4_vcon_set_attr(log_cap, &raw);
}

// The next typed character; waits for it.
static char get_char(void)
{
    static char buf[64];
    static long pos, count;
    while (pos >= count) {
        long got = l4_vcon_read_with_flags(log_cap, buf, sizeof buf);
        if (got < 0)
            die("reading the log", got);
        count = got & L4_VCON_READ_SIZE_MASK;
        pos = 0;
        if (!count) {
            l4_irq_receive(input_irq, L4_IPC_NEVER);
            l4_irq_unmask(input_irq);
        }
    }
    return buf[pos++];
}

// Reads a line with echo and backspace.
static void get_line(char *line, size_t size)
{
    size_t n = 0;
    for (;;) {
        char c = get_char();
        if (c == '\r' || c == '\n')
            break;
        if (c == '\b' || c == 0x7f) {
            if (n) {
                n--;
                print_string("\b \b");
            }
        } else if (n < size - 1 && (unsigned char)c >= ' ') {
            line[n++] = c;
            print(&c, 1);
        }
    }
    line[n] = 0;
    print_string("\r\n");
}

// Has ned execute the line and prints what it returns.
static void execute(l4_cap_idx_t ned, char const *line)
{
    char text[COMMAND_TEXT_SIZE];
    long n = command_execute(ned, line, text);
    if (n < 0) {
        char message[128];
        snprintf(message, sizeof message, "error: %s (%ld), see ned's log\r\n",
                 n == -L4_EINVAL ? "no valid Lua" : l4sys_errtostr(n), n);
        print_string(message);
        return;
    }
    if (strcmp(text, "nil") == 0)
        return;
    print(text, (size_t)n);
    print_string("\r\n");
}

int main(int argc, char **argv)
{
    char line[LINE_SIZE];
    char const *prompt = argc > 1 ? argv[1] : "Cmd>";
    l4_cap_idx_t ned = l4re_env_get_cap("svr");
    log_cap = l4re_env()->log;
    if (l4_is_invalid_cap(ned)) {
        fprintf(stderr, "ned-prompt: capability 'svr' is missing: the channel of L4.server_loop\n");
        return 1;
    }
    open_input();
    for (;;) {
        print_string(prompt);
        print_string(" ");
        get_line(line, sizeof line);
        if (line[0])
            execute(ned, line);
    }
}
