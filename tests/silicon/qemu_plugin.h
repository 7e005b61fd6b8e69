// SPDX-License-Identifier: MIT
// The part of QEMU's plugin interface (version 4) and of GLib that the plugins here use, declared anew: neither QEMU's
// nor GLib's headers are needed, and no package for Debian 12 has the former. Both are bound when QEMU loads the plugin.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
typedef uint32_t mem_info;

enum { CB_NO_REGS = 0, CB_READ_REGS = 1, MEM_LOADS = 1, MEM_STORES = 2 };

struct plugin_tb;
struct plugin_insn;
struct plugin_hwaddr;
struct plugin_register;

struct mem_value {
    int type; // log2 of the size in bytes
    union {
        uint8_t u8;
        uint64_t u64[2]; // [0] is the lower half of 16 bytes
    };
};

struct byte_array { // GByteArray
    uint8_t *data;
    unsigned length;
};

struct register_list { // GArray of struct register_name
    struct register_name *data;
    unsigned length;
};
struct register_name {
    struct plugin_register *handle;
    char const *name;
    char const *feature;
};

struct byte_array *g_byte_array_new(void);
struct byte_array *g_byte_array_set_size(struct byte_array *, unsigned);

typedef void insn_fn(unsigned cpu, void *arg);
typedef void mem_fn(unsigned cpu, mem_info, uint64_t vaddr, void *arg);

void qemu_plugin_register_vcpu_init_cb(plugin_id, void (*)(plugin_id, unsigned cpu));
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct plugin_tb *));
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *arg);
size_t qemu_plugin_tb_n_insns(struct plugin_tb const *);
struct plugin_insn *qemu_plugin_tb_get_insn(struct plugin_tb const *, size_t index);
size_t qemu_plugin_insn_data(struct plugin_insn const *, void *to, size_t size);
uint64_t qemu_plugin_insn_vaddr(struct plugin_insn const *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct plugin_insn *, insn_fn *, int flags, void *arg);
void qemu_plugin_register_vcpu_mem_cb(struct plugin_insn *, mem_fn *, int flags, int which, void *arg);
struct mem_value qemu_plugin_mem_get_value(mem_info);
struct plugin_hwaddr *qemu_plugin_get_hwaddr(mem_info, uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(struct plugin_hwaddr const *);
uint64_t qemu_plugin_hwaddr_phys_addr(struct plugin_hwaddr const *);
bool qemu_plugin_read_memory_vaddr(uint64_t vaddr, struct byte_array *, size_t size);
struct register_list *qemu_plugin_get_registers(void);
int qemu_plugin_read_register(struct plugin_register *, struct byte_array *);
