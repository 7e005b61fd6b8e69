// SPDX-License-Identifier: MIT
// Decodes what the kernel executes and hands it to the rules (context.c, tables.c); with caches=on also what everybody else
// stores, executes and does to caches (caches.c).
//
//     -plugin silicon.so,text=START:END,window=ADDRESS,errata=on|off,caches=on|off,out=FILE          one CPU
//
// text: addresses of the kernel's code; window: where the kernel has all its memory, at + physical address; errata: the order
// that cores with a speculative AT erratum need is checked too. FILE gets a line for each violation (at most 20 a rule), and
// at the end "total RULE NUMBER" for each rule and "count NAME NUMBER" for what was seen; "event caches-on N" when a guest has
// switched MMU and caches on for the Nth time.
#include "silicon.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = 4;
PLUGIN_EXPORT int qemu_plugin_install(plugin_id id, void const *info, int argc, char **argv);

enum { MAX_RULES = 24, SHOWN = 20 };
enum { RT_MASK = 0x1f, SPSR_EL_MASK = 0xc, SPSR_EL2 = 0x8 };

uint64_t current_pc;
static uint64_t text_start, text_end, window;
bool check_errata;
static bool check_caches;
static FILE *out;
static struct plugin_register *xreg[31], *spsr_el2, *sctlr_el1, *sp;
static struct byte_array *buffer;
static struct {
    char const *name;
    unsigned long count;
} rules[MAX_RULES];

static unsigned long count_violation(char const *rule)
{
    unsigned i = 0;
    while (i < MAX_RULES - 1 && rules[i].name && strcmp(rules[i].name, rule))
        i++;
    rules[i].name = rule;
    return ++rules[i].count;
}

void violation(char const *rule, char const *format, ...)
{
    if (count_violation(rule) > SHOWN)
        return;
    va_list args;
    va_start(args, format);
    fprintf(out, "violation %s pc %" PRIx64 " ", rule, current_pc);
    vfprintf(out, format, args);
    fputc('\n', out);
    fflush(out);
    va_end(args);
}

void note(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(out, format, args);
    fputc('\n', out);
    va_end(args);
}

void silicon_flush(void)
{
    fflush(out);
}

bool silicon_window_phys(uint64_t va, uint64_t *phys)
{
    *phys = va - window;
    return va >= window && va < text_start;
}

uint64_t read_reg(struct plugin_register *r)
{
    uint64_t v = 0;
    g_byte_array_set_size(buffer, 0);
    if (r && qemu_plugin_read_register(r, buffer) > 0)
        memcpy(&v, buffer->data, buffer->length < sizeof(v) ? buffer->length : sizeof(v));
    return v;
}

void const *read_memory(uint64_t vaddr, size_t size)
{
    g_byte_array_set_size(buffer, 0);
    return qemu_plugin_read_memory_vaddr(vaddr, buffer, size) ? buffer->data : NULL;
}

// An instruction's argument for its callback: the opcode in the upper half, the offset of its address in the lower.
static void *packed(uint32_t op, uint64_t pc)
{
    return (void *)(uintptr_t)((uint64_t)op << 32 | (uint32_t)(pc - text_start));
}

static uint32_t unpack(void *arg)
{
    current_pc = text_start + (uint32_t)(uintptr_t)arg;
    return (uint32_t)((uintptr_t)arg >> 32);
}

static uint64_t operand(uint32_t op)
{
    unsigned rt = op & RT_MASK;
    return rt < 31 ? read_reg(xreg[rt]) : 0;
}

// ---- what is decoded ----

static struct {
    uint32_t op; // without Rt
    enum regime_reg reg;
} const writes[] = {
    {0xd51c2100, REG_VTTBR}, {0xd51c1100, REG_HCR},   {0xd51c2140, REG_VTCR},  {0xd5181000, REG_SCTLR},
    {0xd5182040, REG_TCR},   {0xd5182000, REG_TTBR0}, {0xd5182020, REG_TTBR1}, {0xd518a200, REG_MAIR},
    {0xd518a300, REG_AMAIR}, {0xd518d020, REG_CONTEXTIDR},
};

static struct {
    uint32_t op;
    enum tlbi_kind kind;
} const tlbis[] = {
    {0xd50c839f & ~31u, TLBI_ALL},   {0xd50c879f & ~31u, TLBI_ALL},    {0xd50c83df & ~31u, TLBI_SPACE},
    {0xd50c87df & ~31u, TLBI_SPACE}, {0xd508831f & ~31u, TLBI_STAGE1}, {0xd508871f & ~31u, TLBI_STAGE1},
    {0xd50c8020, TLBI_IPA},          {0xd50c8420, TLBI_IPA},           {0xd50c831f & ~31u, TLBI_EL2},
    {0xd50c871f & ~31u, TLBI_EL2},
};

enum { LENGTH_OF_WRITES = sizeof(writes) / sizeof(*writes), LENGTH_OF_TLBIS = sizeof(tlbis) / sizeof(*tlbis) };

static void on_write(unsigned cpu, void *arg)
{
    (void)cpu;
    uint32_t op = unpack(arg);
    for (unsigned i = 0; i < LENGTH_OF_WRITES; i++)
        if ((op & ~RT_MASK) == writes[i].op)
            context_write(writes[i].reg, operand(op));
}

static void on_tlbi(unsigned cpu, void *arg)
{
    (void)cpu;
    uint32_t op = unpack(arg);
    for (unsigned i = 0; i < LENGTH_OF_TLBIS; i++)
        if ((op & ~RT_MASK) == tlbis[i].op)
            tables_tlbi(tlbis[i].kind, operand(op));
}

static void on_dsb(unsigned cpu, void *arg)
{
    (void)cpu;
    unsigned crm = unpack(arg) >> 8 & 0xf;
    context_barrier(crm);
    tables_barrier(crm);
}

static void on_isb(unsigned cpu, void *arg)
{
    (void)cpu;
    unpack(arg);
    context_isb();
}

static unsigned long rounds; // of the loop that fills the branch history

static void on_round(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    rounds++;
}

static unsigned long firmware_calls;

static void on_smc(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    firmware_calls++;
}

static void on_at(unsigned cpu, void *arg)
{
    (void)cpu;
    unpack(arg);
    context_at();
}

static void on_zva(unsigned cpu, void *arg)
{
    (void)cpu;
    uint64_t va = operand(unpack(arg)) & ~63ull, phys;
    if (silicon_window_phys(va, &phys))
        tables_zero(phys, 64);
    if (check_caches)
        caches_by_address(true, CACHE_ZERO, va);
}

static void on_eret(unsigned cpu, void *arg)
{
    (void)cpu;
    unpack(arg);
    if ((read_reg(spsr_el2) & SPSR_EL_MASK) == SPSR_EL2)
        return; // inside the kernel
    context_eret();
    tables_eret(context_vttbr(), read_reg(sp));
    if (check_caches)
        caches_eret(!context_tge(), read_reg(sctlr_el1));
}

static void on_store(unsigned cpu, mem_info info, uint64_t va, void *arg)
{
    (void)cpu;
    unpack(arg);
    struct plugin_hwaddr *h = qemu_plugin_get_hwaddr(info, va);
    if (!h || qemu_plugin_hwaddr_is_io(h))
        return;
    uint64_t phys = qemu_plugin_hwaddr_phys_addr(h);
    if (check_caches)
        caches_access(true, true, va, phys);
    struct mem_value v = qemu_plugin_mem_get_value(info);
    if (v.type < 3)
        return;
    tables_store(phys, v.u64[0]);
    if (v.type == 4)
        tables_store(phys + 8, v.u64[1]);
}

// ---- what maintains caches, and what goes on outside the kernel ----

static struct {
    uint32_t op;
    enum cache_op what;
} const by_address[] = {
    {0xd50b7420, CACHE_ZERO},      {0xd50b7a20, CACHE_CLEAN_POC}, {0xd50b7e20, CACHE_CLEAN_POC}, {0xd5087620, CACHE_CLEAN_POC},
    {0xd50b7b20, CACHE_CLEAN_POU}, {0xd50b7520, CACHE_DROP_CODE},
};

enum { LENGTH_OF_BY_ADDRESS = sizeof(by_address) / sizeof(*by_address), IC_IALLUIS = 0xd508711f, IC_IALLU = 0xd508751f };
enum { SET_SCTLR_EL1 = 0xd5181000, SET_SCTLR_EL2 = 0xd51c1000 };

static void by_address_op(bool kernel, uint32_t op)
{
    for (unsigned i = 0; i < LENGTH_OF_BY_ADDRESS; i++)
        if ((op & ~RT_MASK) == by_address[i].op)
            caches_by_address(kernel, by_address[i].what, operand(op));
}

static void on_kernel_cache_op(unsigned cpu, void *arg)
{
    (void)cpu;
    by_address_op(true, unpack(arg));
}

// Outside the kernel addresses have all 64 bits: the argument is the opcode alone.
static void on_cache_op(unsigned cpu, void *arg)
{
    (void)cpu;
    by_address_op(false, (uint32_t)(uintptr_t)arg);
}

static void on_drop_all_code(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    caches_drop_all_code();
}

static void on_sctlr_el1(unsigned cpu, void *arg)
{
    (void)cpu;
    caches_guest(operand((uint32_t)(uintptr_t)arg));
}

static void on_sctlr_el2(unsigned cpu, void *arg)
{
    (void)cpu;
    caches_boot(operand((uint32_t)(uintptr_t)arg));
}

static void on_access(mem_info info, uint64_t va, void *pc, bool store)
{
    current_pc = (uintptr_t)pc;
    struct plugin_hwaddr *h = qemu_plugin_get_hwaddr(info, va);
    if (h && !qemu_plugin_hwaddr_is_io(h))
        caches_access(false, store, va, qemu_plugin_hwaddr_phys_addr(h));
}

static void on_outside_load(unsigned cpu, mem_info info, uint64_t va, void *pc)
{
    (void)cpu;
    on_access(info, va, pc, false);
}

static void on_outside_store(unsigned cpu, mem_info info, uint64_t va, void *pc)
{
    (void)cpu;
    on_access(info, va, pc, true);
}

static bool is_by_address(uint32_t op)
{
    for (unsigned i = 0; i < LENGTH_OF_BY_ADDRESS; i++)
        if ((op & ~RT_MASK) == by_address[i].op)
            return true;
    return false;
}

static void watch_outside(struct plugin_insn *insn, uint32_t op, uint64_t pc)
{
    void *arg = (void *)(uintptr_t)op;
    if (is_by_address(op))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_cache_op, CB_READ_REGS, arg);
    else if ((op & ~RT_MASK) == SET_SCTLR_EL1)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_sctlr_el1, CB_READ_REGS, arg);
    else if ((op & ~RT_MASK) == SET_SCTLR_EL2)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_sctlr_el2, CB_READ_REGS, arg);
    else if ((op == IC_IALLU || op == IC_IALLUIS) && caches_in_boot())
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_drop_all_code, CB_NO_REGS, NULL);
    if (caches_guest_uncached())
        qemu_plugin_register_vcpu_mem_cb(insn, on_outside_load, CB_NO_REGS, MEM_LOADS, (void *)(uintptr_t)pc);
    qemu_plugin_register_vcpu_mem_cb(insn, on_outside_store, CB_NO_REGS, MEM_STORES, (void *)(uintptr_t)pc);
}

// ---- translation ----

static insn_fn *handler_of(uint32_t op)
{
    if ((op & 0xfffff0ff) == 0xd503309f)
        return on_dsb;
    if ((op & 0xfffff0ff) == 0xd50330df)
        return on_isb;
    if (op == 0xd69f03e0)
        return on_eret;
    if (op == 0x14000001) // b . + 4
        return on_round;
    if (op == 0xd4000003) // smc #0
        return on_smc;
    if ((op & 0xfff8ff00) == 0xd5087800)
        return on_at;
    if ((op & ~RT_MASK) == 0xd50b7420)
        return on_zva;
    for (unsigned i = 0; i < LENGTH_OF_WRITES; i++)
        if ((op & ~RT_MASK) == writes[i].op)
            return on_write;
    for (unsigned i = 0; i < LENGTH_OF_TLBIS; i++)
        if ((op & ~RT_MASK) == tlbis[i].op)
            return on_tlbi;
    if (check_caches && (op == IC_IALLU || op == IC_IALLUIS))
        return on_drop_all_code;
    if (check_caches && is_by_address(op))
        return on_kernel_cache_op;
    return NULL;
}

static void on_translate(plugin_id id, struct plugin_tb *tb)
{
    (void)id;
    size_t n = qemu_plugin_tb_n_insns(tb);
    for (size_t i = 0; i < n; i++) {
        struct plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        bool outside = pc < text_start || pc >= text_end;
        if (outside && !check_caches)
            continue;
        uint32_t op = 0;
        qemu_plugin_insn_data(insn, &op, sizeof(op));
        if (outside) {
            if (!i || !(pc & 63))
                caches_fetch(pc);
            watch_outside(insn, op, pc);
            continue;
        }
        insn_fn *fn = handler_of(op);
        if (fn)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, fn, CB_READ_REGS, packed(op, pc));
        else
            qemu_plugin_register_vcpu_mem_cb(insn, on_store, CB_NO_REGS, MEM_STORES, packed(op, pc));
    }
}

static void on_cpu(plugin_id id, unsigned cpu)
{
    (void)id;
    if (cpu) {
        fputs("silicon: one CPU only\n", stderr);
        abort();
    }
    struct register_list *list = qemu_plugin_get_registers();
    for (unsigned i = 0; i < list->length; i++) {
        char const *name = list->data[i].name;
        char *end;
        unsigned long n = *name == 'x' && name[1] ? strtoul(name + 1, &end, 10) : 31;
        if (n < 31 && !*end)
            xreg[n] = list->data[i].handle;
        if (!strcmp(name, "sp"))
            sp = list->data[i].handle;
        if (!strcmp(name, "SPSR_EL2"))
            spsr_el2 = list->data[i].handle;
        if (!strcmp(name, "SCTLR") || !strcmp(name, "SCTLR_EL1"))
            sctlr_el1 = list->data[i].handle;
    }
    if (!xreg[0] || !xreg[30] || !spsr_el2 || !sctlr_el1 || !sp) {
        fputs("silicon: QEMU does not show the registers\n", stderr);
        abort();
    }
}

static void on_exit_of_qemu(plugin_id id, void *arg)
{
    (void)id;
    (void)arg;
    context_report();
    tables_report();
    if (check_caches)
        caches_report();
    note("count hardening-rounds %lu", rounds);
    note("count firmware-calls %lu", firmware_calls);
    for (unsigned i = 0; i < MAX_RULES && rules[i].name; i++)
        note("total %s %lu", rules[i].name, rules[i].count);
    note("end");
    fclose(out);
}

int qemu_plugin_install(plugin_id id, void const *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (sscanf(argv[i], "text=%" SCNx64 ":%" SCNx64, &text_start, &text_end) == 2)
            continue;
        if (!strncmp(argv[i], "window=", 7))
            window = strtoull(argv[i] + 7, NULL, 0);
        else if (!strncmp(argv[i], "out=", 4))
            out = fopen(argv[i] + 4, "w");
        else if (!strncmp(argv[i], "errata=", 7))
            check_errata = !strcmp(argv[i] + 7, "on");
        else if (!strncmp(argv[i], "caches=", 7))
            check_caches = !strcmp(argv[i] + 7, "on");
    }
    if (!out || !window || text_end <= text_start) {
        fputs("silicon: options text=START:END, window=ADDRESS and out=FILE are needed\n", stderr);
        return 1;
    }
    buffer = g_byte_array_new();
    qemu_plugin_register_vcpu_init_cb(id, on_cpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
