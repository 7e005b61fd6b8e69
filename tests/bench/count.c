// SPDX-License-Identifier: MIT
// QEMU plugin of bench.py: stamps each line of the console with the instructions executed before.
//
//     -plugin count.so,uart=0x9000000,out=FILE
//
// FILE gets "INSTRUCTIONS TEXT" for every line whose bytes are stored to the UART's data register
// at that physical address; a line that has not ended yet is not there. The declarations are the
// part of QEMU's plugin interface, version 4, that is used, so that no header of QEMU is needed.
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
typedef uint32_t mem_info;
struct counter {
    void *score;
    size_t offset;
};
struct mem_value {
    int type;
    union {
        uint8_t u8;
        uint64_t u64[2];
    };
};
enum { INLINE_ADD = 0, NO_REGISTERS = 0, STORES = 2 };

extern size_t qemu_plugin_tb_n_insns(void const *tb);
extern void *qemu_plugin_tb_get_insn(void const *tb, size_t index);
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*)(plugin_id, void *tb));
extern void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(void *tb, int op, struct counter,
                                                              uint64_t add);
extern void qemu_plugin_register_vcpu_mem_cb(void *insn,
                                             void (*)(unsigned, mem_info, uint64_t, void *),
                                             int flags, int rw, void *arg);
extern void *qemu_plugin_scoreboard_new(size_t size);
extern uint64_t qemu_plugin_u64_sum(struct counter);
extern void *qemu_plugin_get_hwaddr(mem_info info, uint64_t vaddr);
extern bool qemu_plugin_hwaddr_is_io(void const *addr);
extern uint64_t qemu_plugin_hwaddr_phys_addr(void const *addr);
extern struct mem_value qemu_plugin_mem_get_value(mem_info info);

EXPORT int qemu_plugin_version = 4;
EXPORT int qemu_plugin_install(plugin_id id, void const *info, int argc, char **argv);

static struct counter executed;
static uint64_t uart;
static FILE *out;

static void put(char c)
{
    static char text[1024];
    static unsigned length;
    static uint64_t start;

    if (!length)
        start = qemu_plugin_u64_sum(executed);
    if (c == '\n') {
        fprintf(out, "%" PRIu64 " %.*s\n", start, (int)length, text);
        fflush(out);
        length = 0;
    } else if (c != '\r' && length < sizeof(text)) {
        text[length++] = c;
    }
}

static void on_store(unsigned cpu, mem_info info, uint64_t vaddr, void *arg)
{
    (void)cpu;
    (void)arg;
    if ((vaddr ^ uart) & 0xfff) // cheap, and leaves few
        return;
    void const *where = qemu_plugin_get_hwaddr(info, vaddr);
    if (where && qemu_plugin_hwaddr_is_io(where) && qemu_plugin_hwaddr_phys_addr(where) == uart)
        put((char)qemu_plugin_mem_get_value(info).u8);
}

static void on_translate(plugin_id id, void *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, INLINE_ADD, executed, n);
    for (size_t i = 0; i < n; i++)
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), on_store, NO_REGISTERS,
                                         STORES, NULL);
}

int qemu_plugin_install(plugin_id id, void const *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "uart=", 5))
            uart = strtoull(argv[i] + 5, NULL, 0);
        else if (!strncmp(argv[i], "out=", 4))
            out = fopen(argv[i] + 4, "w");
    }
    if (!out || !uart) {
        fputs("count: options uart=ADDRESS and out=FILE are needed\n", stderr);
        return 1;
    }
    executed = (struct counter){qemu_plugin_scoreboard_new(sizeof(uint64_t)), 0};
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
