// SPDX-License-Identifier: MIT
#include "vcpu/abort.h"

#include "log.h"
#include "vcpu/decode.h"
#include "vcpu/stage1.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/sys/consts.h>
#include <string.h>

enum { CLASS_FETCH = 0x20, CLASS_DATA = 0x24 }; // of EL0

#define ESR_EA (1u << 9)
#define STATUS_MASK 0x3fu
#define STATUS_EXTERNAL 0x10u
#define STATUS_EXTERNAL_ON_WALK 0x14u // + level of the table
// Within the smallest granule, what is one place for the guest is one for us.
#define PAGE_OFFSET (~L4_PAGEMASK)
#define UNKNOWN (~0ull) // guest physical address that the kernel could not tell (kernel-abi 6.7)

// What can be found out about an access.
struct origin {
    l4_vcpu_el1_regs_t el1;
    struct stage1 stage1;
    enum decoded kind;
    uint32_t insn;
    struct access_insn access;
    uint64_t base;
    uint64_t address; // of the first byte, as the guest sees it
    bool known;       // the faulting address is `far`
    uint64_t far;
};

// The guest's other CPUs may write there.
static bool read_table(void *ctx, uint64_t address, uint64_t *value)
{
    (void)ctx;
    uint64_t const *p = vm_memory(address, sizeof(*p));
    if (p)
        *value = __atomic_load_n(p, __ATOMIC_RELAXED);
    return p;
}

static void read_el1(struct vcpu *v, struct origin *o)
{
    fp_protect();
    long err = l4_thread_vcpu_el1_read(&o->el1);
    if (err < 0)
        vcpu_fatal(v, "cannot read the guest's EL1 registers: error %ld", err);
    o->stage1 = (struct stage1){o->el1.sctlr, o->el1.tcr, o->el1.ttbr0, o->el1.ttbr1, read_table, NULL};
}

static bool read_instruction(struct vcpu *v, struct origin *o)
{
    uint64_t at;
    int level;
    l4_vcpu_regs_t const *r = &v->area->r;
    if ((r->pstate & PSTATE_AARCH32) || (r->pc & 3) || stage1_walk(&o->stage1, r->pc, &at, &level) != STAGE1_OK)
        return false;
    uint32_t const *p = vm_memory(at, sizeof(*p));
    if (p)
        o->insn = __atomic_load_n(p, __ATOMIC_RELAXED); // instructions are little-endian
    return p;
}

bool abort_instruction(struct vcpu *v, uint32_t *insn)
{
    struct origin o;
    read_el1(v, &o);
    bool found = read_instruction(v, &o);
    *insn = found ? o.insn : 0;
    return found;
}

static bool uses_sp_el1(struct vcpu const *v)
{
    return v->area->r.pstate & 1;
}

static uint64_t base_value(struct vcpu const *v, struct origin const *o)
{
    if (o->access.base == BASE_PC)
        return v->area->r.pc;
    if (o->access.base == BASE_XN || o->access.rn < 31)
        return vcpu_reg(v, o->access.rn);
    return uses_sp_el1(v) ? o->el1.sp_el1 : v->area->r.sp;
}

static void set_base(struct vcpu *v, struct origin *o, uint64_t value)
{
    if (o->access.rn < 31) {
        vcpu_set_reg(v, o->access.rn, value);
    } else if (uses_sp_el1(v)) {
        o->el1.sp_el1 = value;
        l4_thread_vcpu_el1_write(L4_VCPU_EL1_BIT(sp_el1), &o->el1);
    } else {
        v->area->r.sp = value;
    }
}

static unsigned bytes_of(struct access_insn const *a)
{
    return (unsigned)a->count << a->size;
}

// The kernel hands over where the access went, not under which address; the two agree in the offset in a page. They disagree
// if another CPU of the guest has changed the instruction meanwhile.
static void find_far(struct origin *o, uint64_t pfa)
{
    enum { LARGEST_STRUCTURE = 64 };
    uint64_t behind = pfa == UNKNOWN ? 0 : (pfa - o->address) & PAGE_OFFSET;
    unsigned bytes = o->kind == DECODED_ACCESS ? bytes_of(&o->access) : LARGEST_STRUCTURE;
    if (o->kind == DECODED_ADDRESS && o->access.base == BASE_XN)
        behind = 0; // maintenance: the address of its register
    o->known = o->kind != DECODED_NOTHING && behind < bytes;
    o->far = o->address + behind;
}

static void find_origin(struct vcpu *v, struct origin *o)
{
    read_el1(v, o);
    o->kind = read_instruction(v, o) ? decode_access(o->insn, &o->access) : DECODED_NOTHING;
    o->known = false;
    if (o->kind == DECODED_NOTHING)
        return;
    o->base = base_value(v, o);
    o->address = access_address(&o->access, o->base, vcpu_reg(v, o->access.rm));
    find_far(o, v->area->r.pfa);
}

static void inject(struct vcpu *v, unsigned class_of_el0, uint32_t iss, bool known, uint64_t far)
{
    if (!known) // FnV goes with this status alone (Arm ARM, ESR_EL1, ISS of an abort)
        iss = (iss & ~STATUS_MASK) | ESR_FNV | STATUS_EXTERNAL;
    vcpu_inject(v, exception_class(class_of_el0, v->area->r.pstate) << L4_ESR_EC_SHIFT | ESR_IL | iss, known ? far : 0);
}

static uint32_t walk_status(struct origin const *o, uint64_t va)
{
    uint64_t at;
    int level;
    stage1_walk(&o->stage1, va, &at, &level);
    return (uint32_t)((int)STATUS_EXTERNAL_ON_WALK + level);
}

static bool is_external(uint32_t esr)
{
    return (esr & 0x30) == STATUS_EXTERNAL;
}

static void report_external(struct vcpu *v)
{
    log_guest(LOG_WARN, "external abort at pc 0x%lx: a passed-through device did not answer", v->area->r.pc);
}

static bool halts(void)
{
    return vm.opt.fault_mode == FAULT_HALT;
}

static void report_walk(struct vcpu *v)
{
    unsigned long long table = v->area->r.pfa & L4_PAGEMASK;
    if (halts())
        vcpu_fatal(v, "the guest has a translation table at 0x%llx, where nothing is", table);
    log_guest(LOG_WARN, "guest has a translation table at 0x%llx, where nothing is, at pc 0x%lx; it gets an external abort",
              table, v->area->r.pc);
}

// ---- accesses that are emulated ----

static uint64_t low_bytes(uint64_t value, unsigned size)
{
    return value & ~0ull >> (-(8u << size) & 63);
}

// Registers of 16 bytes are two accesses, the lower half first.
struct pieces {
    unsigned size;    // log2 of the bytes of a piece
    unsigned per_reg; // 1 or 2
    unsigned count;
};

static struct pieces pieces_of(struct access_insn const *a)
{
    unsigned per_reg = a->size > 3 ? 2 : 1;
    return (struct pieces){a->size > 3 ? 3 : a->size, per_reg, a->count * per_reg};
}

static void load_register(struct vcpu *v, struct access_insn const *a, unsigned reg, uint64_t const *value)
{
    if (!a->fp) {
        vcpu_set_reg(v, reg, access_extend(a, value[0]));
        return;
    }
    uint64_t q[2] = {value[0], a->size > 3 ? value[1] : 0};
    memcpy(v->fp.q[reg], q, sizeof(q));
}

static void load(struct vcpu *v, struct mmio_region const *m, struct access_insn const *a, uint64_t off)
{
    struct pieces p = pieces_of(a);
    uint64_t value[4]; // all are read before a register changes
    for (unsigned i = 0; i < p.count; i++)
        value[i] = low_bytes(m->ops->read(m->ctx, v, off + (i << p.size), p.size), p.size);
    for (unsigned i = 0; i < a->count; i++)
        load_register(v, a, a->rt[i], &value[i * p.per_reg]);
}

static void store(struct vcpu *v, struct mmio_region const *m, struct access_insn const *a, uint64_t off)
{
    struct pieces p = pieces_of(a);
    for (unsigned i = 0; i < p.count; i++) {
        unsigned reg = a->rt[i / p.per_reg];
        uint64_t value = vcpu_reg(v, reg);
        if (a->fp)
            memcpy(&value, &v->fp.q[reg][i % p.per_reg * 8], sizeof(value));
        m->ops->write(m->ctx, v, off + (i << p.size), p.size, low_bytes(value, p.size));
    }
}

// An access of which all bytes are of one device. False: not emulated.
static bool emulate(struct vcpu *v, struct mmio_region const *m, struct origin *o, uint32_t esr)
{
    struct access_insn const *a = &o->access;
    uint64_t pfa = v->area->r.pfa;
    unsigned bytes = bytes_of(a);
    if (o->kind != DECODED_ACCESS || !o->known || o->far != o->address || !(esr & ESR_WNR) != a->load)
        return false;
    if ((pfa & PAGE_OFFSET) + bytes > L4_PAGESIZE || m->end - pfa < bytes)
        return false;
    if (a->load)
        load(v, m, a, pfa - m->start);
    else
        store(v, m, a, pfa - m->start);
    if (a->step)
        set_base(v, o, o->base + (uint64_t)(int64_t)a->step);
    vcpu_skip(v);
    return true;
}

// ---- what is none of these ----

static void report_access(struct vcpu *v, struct mmio_region const *m, struct origin const *o, uint32_t esr)
{
    char const *what = esr & ESR_WNR ? "writes to" : "reads";
    unsigned long long pfa = v->area->r.pfa;
    if (m) {
        log_guest(LOG_WARN, "guest %s 0x%llx (%s) by instruction 0x%08x, which is not emulated, at pc 0x%lx; "
                  "it gets an external abort", what, pfa, m->name, o->insn, v->area->r.pc);
        return;
    }
    log_guest(LOG_WARN, "guest %s 0x%llx, where nothing is, by an instruction without syndrome, at pc 0x%lx; %s", what, pfa,
              v->area->r.pc, halts() ? "halting" : "it gets an external abort");
    if (halts())
        vcpu_fatal(v, "access to nothing");
}

void abort_data(struct vcpu *v, uint32_t esr)
{
    struct origin o = {.insn = 0};
    bool on_walk = esr & ESR_S1PTW;
    if ((esr & ESR_CM) && !on_walk && !is_external(esr)) { // maintenance of a cache that holds nothing of it
        vcpu_skip(v);
        return;
    }
    find_origin(v, &o);
    uint32_t iss = esr & (ESR_WNR | ESR_CM), status = STATUS_EXTERNAL;
    if (is_external(esr)) {
        report_external(v);
        iss |= esr & ESR_EA;
        status = esr & STATUS_MASK;
    } else if (on_walk) {
        report_walk(v);
        status = walk_status(&o, o.far);
    } else {
        struct mmio_region const *m = mmio_map_find(&vm.mmio, v->area->r.pfa);
        if (m && m->ops && emulate(v, m, &o, esr))
            return;
        report_access(v, m, &o, esr);
    }
    inject(v, CLASS_DATA, iss | status, o.known, o.far);
}

static void report_fetch(struct vcpu *v)
{
    if (halts())
        vcpu_fatal(v, "the guest executes at 0x%lx, where there is no memory", v->area->r.pfa);
    log_guest(LOG_WARN, "guest executes at 0x%lx, where there is no memory, pc 0x%lx; it gets an external abort",
              v->area->r.pfa, v->area->r.pc);
}

void abort_fetch(struct vcpu *v, uint32_t esr)
{
    struct origin o;
    uint64_t pc = v->area->r.pc, pstate = v->area->r.pstate;
    uint64_t behind = (v->area->r.pfa - pc) & PAGE_OFFSET;
    uint64_t far = behind == 2 ? pc + 2 : pc; // the second half of a T32 instruction is in another page
    uint32_t status = STATUS_EXTERNAL;
    if (is_external(esr)) {
        report_external(v);
        status = esr & (STATUS_MASK | ESR_EA);
    } else if (esr & ESR_S1PTW) {
        read_el1(v, &o);
        report_walk(v);
        status = walk_status(&o, far);
    } else {
        report_fetch(v);
    }
    inject(v, CLASS_FETCH, status, true, far);
    if (v->area->r.pc == pc && v->area->r.pstate == pstate) // of its own vector: until another CPU changes the tables
        vcpu_slow_down(v);
}
