// SPDX-License-Identifier: MIT
// Streams of the SMMUs, and the spaces that they belong to.
//
//   a stream's entry in the stream table:
//
//     empty ----------- smmu_bind() ----------> stage 2 of a space
//     (each access: an error for the device,     |        | a fault: an event, the first REPORTS of them
//      and an event)                             |        v
//       |    ^------------ smmu_unbind() --------'      the same, silent
//       | the first REPORTS events
//       v
//     abort (the same, silent)
//
// The tables of a space are those that a CPU would use, with a VMID of the SMMUs' own.
#include <arch/smmu.h>
#include "arch/arm64/smmu_queue.h"
#include <arch/kernel_map.h>
#include "debug/assert.h"
#include "debug/print.h"
#include "lock/held.h"
#include "mem/kmem.h"
#include "mem/mapping.h"
#include "object/icu.h"
#include <l4/sys/err.h>

enum {
    REPORTS = 4,           // events of one stream that are told
    MAX_STREAM_BITS = 16,  // of a table of two levels: as many as a PCI segment has
    MAX_FLAT_BITS = 10,    // of one level
    REGISTERS = 0x20000,
    IDS = 256,             // VMIDs: as many as each SMMU has
    BLOCK_SPAN = STREAM_BLOCK_BITS + 1,
};

static struct smmu smmus[BOOT_MAX_SMMU];
static unsigned num_smmus; // as the device tree has them; without a base: not usable
static bool usable;        // one at least
static struct space *space_of_id[IDS]; // VMID 0 is no space's

static void events(void);

// ---- start ----

static char const *not_usable(struct smmu const *s)
{
    uint32_t id0 = smmu_read(s, SMMU_IDR0);
    if (!(id0 & IDR0_S2P) || !(id0 & IDR0_TTF_AARCH64) || !(smmu_read(s, SMMU_IDR5) & IDR5_GRAN4K))
        return "it has no stage 2 with pages of 4 KiB";
    if (!(id0 & IDR0_COHACC))
        return "it does not see what is in caches";
    if (smmu_read(s, SMMU_IDR1) & IDR1_PRESET)
        return "its tables or queues lie where it wants";
    return NULL;
}

static bool streams_init(struct smmu *s)
{
    unsigned has = IDR1_SIDSIZE(smmu_read(s, SMMU_IDR1)), most = MAX_FLAT_BITS;
    s->two_levels = IDR0_ST_LEVELS(smmu_read(s, SMMU_IDR0)) == 1 && has > STREAM_BLOCK_BITS;
    if (s->two_levels)
        most = MAX_STREAM_BITS;
    s->stream_bits = has < most ? has : most;
    size_t blocks = s->stream_bits > STREAM_BLOCK_BITS ? 1u << (s->stream_bits - STREAM_BLOCK_BITS) : 1;
    size_t flat = (size_t)STE_WORDS * sizeof(uint64_t) << s->stream_bits;
    s->streams = kmem_alloc(&quota_root, s->two_levels ? blocks * sizeof(uint64_t) : flat);
    s->reported = kmem_alloc(&quota_root, blocks * sizeof(*s->reported));
    if (!s->streams || !s->reported)
        return false;
    smmu_write64(s, SMMU_STRTAB_BASE, kernel_virt_to_phys(s->streams) | BASE_ALLOCATE);
    smmu_write(s, SMMU_STRTAB_BASE_CFG,
               s->stream_bits | (s->two_levels ? STRTAB_TWO_LEVELS | STREAM_BLOCK_BITS << STRTAB_SPLIT_SHIFT : 0));
    return true;
}

// As VTCR_EL2 (tlb.c), and no larger addresses than both sides have.
static uint64_t entry_sizes(struct smmu const *s)
{
    uint64_t cpu = sysreg_read(id_aa64mmfr0_el1) & 0xf, smmu = IDR5_OAS(smmu_read(s, SMMU_IDR5));
    uint64_t size = cpu < smmu ? cpu : smmu;
    if (size > 5)
        size = 5;
    return (uint64_t)(64 - S2_BITS) << STE_S2T0SZ_SHIFT | STE_S2SL0_LEVEL1 | STE_S2_CACHED | size << STE_S2PS_SHIFT |
           STE_S2AA64 | STE_S2R;
}

static bool set_off(struct smmu const *s)
{
    if (!smmu_write_acked(s, SMMU_CR0, SMMU_CR0ACK, 0) || !smmu_write_acked(s, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK, 0))
        return false;
    // What firmware let through while it was off ends here.
    smmu_write(s, SMMU_GBPA, (uint32_t)(GBPA_UPDATE | GBPA_ABORT));
    return true;
}

static bool set_on(struct smmu *s)
{
    smmu_write(s, SMMU_CR1, CR1_CACHED);
    bool all_in_table = s->stream_bits == IDR1_SIDSIZE(smmu_read(s, SMMU_IDR1)); // of others nothing could silence the events
    smmu_write(s, SMMU_CR2, CR2_PTM | (all_in_table ? CR2_RECINVSID : 0));
    if (!smmu_write_acked(s, SMMU_CR0, SMMU_CR0ACK, CR0_CMDQEN))
        return false;
    smmu_command(s, CMD_CFGI_ALL, CMD_ALL_STREAMS);
    smmu_command(s, CMD_TLBI_NSNH_ALL, 0);
    smmu_sync(s);
    smmu_write64(s, SMMU_EVENTQ_IRQ_CFG0, 0); // by wire
    smmu_write64(s, SMMU_GERROR_IRQ_CFG0, 0);
    return smmu_write_acked(s, SMMU_CR0, SMMU_CR0ACK, CR0_CMDQEN | CR0_EVENTQEN) &&
           smmu_write_acked(s, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK, LINE_EVENTQ | LINE_GERROR) &&
           smmu_write_acked(s, SMMU_CR0, SMMU_CR0ACK, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
}

static char const *start(struct smmu *s)
{
    char const *why = not_usable(s);
    if (why)
        return why;
    if (!set_off(s))
        return "it does not answer";
    s->entry_sizes = entry_sizes(s);
    if (!smmu_queues_init(s) || !streams_init(s))
        return "there is no memory for its tables";
    return set_on(s) ? NULL : "it does not answer";
}

void smmu_init(struct boot_info const *bi)
{
    num_smmus = bi->num_smmu;
    for (unsigned i = 0; i < num_smmus; i++) {
        struct smmu *s = &smmus[i];
        struct boot_smmu const *b = &bi->smmu[i];
        s->number = i;
        s->base = kernel_map_device(b->regs.start, REGISTERS);
        mem_reserve(b->regs.start, b->regs.start + b->regs.size);
        char const *why = start(s);
        if (why) {
            debug_print("kernel: SMMU %u at %lx is not used: %s\n", i, b->regs.start, why);
            s->base = NULL;
            continue;
        }
        usable = true;
        if (b->event_irq)
            icu_reserve(b->event_irq, false, events);
        if (b->error_irq)
            icu_reserve(b->error_irq, false, events);
    }
}

bool smmu_there(void)
{
    return usable;
}

// ---- streams ----

static void flush_space(struct smmu *s, uint64_t vmid)
{
    smmu_command(s, CMD_TLBI_S12_VMALL | vmid << 32, 0);
    smmu_sync(s);
}

static struct smmu *smmu_of(uint64_t source)
{
    uint64_t number = source >> SMMU_STREAM_BITS;
    return number < num_smmus && smmus[number].base ? &smmus[number] : NULL;
}

int smmu_check(uint64_t source)
{
    struct smmu const *s = smmu_of(source);
    if (!s)
        return -L4_EINVAL;
    return (uint32_t)source >> s->stream_bits ? -L4_ERANGE : 0;
}

static uint64_t *flat_entry(struct smmu const *s, uint32_t stream)
{
    return s->streams + (size_t)stream * STE_WORDS;
}

static uint64_t *entry_in_block(struct smmu const *s, uint32_t stream)
{
    uint64_t first = s->streams[stream >> STREAM_BLOCK_BITS];
    uint64_t *block = first ? kernel_phys_to_virt(first & ~(uint64_t)0x3f) : NULL;
    return block ? block + (size_t)(stream & (STREAM_BLOCK - 1)) * STE_WORDS : NULL;
}

// NULL: it has no place in the table yet.
static uint64_t *entry_of(struct smmu const *s, uint32_t stream)
{
    return s->two_levels ? entry_in_block(s, stream) : flat_entry(s, stream);
}

// The same with a place made. NULL when out of memory.
static uint64_t *entry_get(struct smmu *s, uint32_t stream)
{
    unsigned block = stream >> STREAM_BLOCK_BITS;
    if (!s->reported[block])
        s->reported[block] = kmem_alloc(&quota_root, STREAM_BLOCK);
    if (!s->reported[block])
        return NULL;
    if (s->two_levels && !s->streams[block]) {
        uint64_t *entries = kmem_alloc(&quota_root, (size_t)STREAM_BLOCK * STE_WORDS * sizeof(uint64_t));
        if (!entries)
            return NULL;
        __atomic_store_n(&s->streams[block], kernel_virt_to_phys(entries) | BLOCK_SPAN, __ATOMIC_RELEASE);
    }
    return entry_of(s, stream);
}

static void entry_changed(struct smmu *s, uint32_t stream)
{
    smmu_command(s, CMD_CFGI_STE | (uint64_t)stream << 32, 0); // and that of its block, which may be new
    smmu_sync(s);
}

// A first word that is not valid makes room for the others; each state is in memory before the SMMU is told of it.
static void entry_set(struct smmu *s, uint32_t stream, uint64_t *entry, uint64_t const words[STE_WORDS])
{
    __atomic_store_n(&entry[0], 0, __ATOMIC_RELEASE);
    entry_changed(s, stream);
    flush_space(s, entry[2] & STE_S2VMID); // accesses by the old entry are over
    for (unsigned i = 1; i < STE_WORDS; i++)
        entry[i] = words[i];
    __atomic_store_n(&entry[0], words[0], __ATOMIC_RELEASE);
    entry_changed(s, stream);
}

static bool id_get(struct space *s)
{
    for (unsigned i = 1; i < IDS && !s->device_vmid; i++)
        if (!space_of_id[i]) {
            space_of_id[i] = s;
            s->device_vmid = (uint16_t)i;
        }
    return s->device_vmid;
}

int smmu_bind(uint64_t source, struct space *space)
{
    assert(global_lock_held() && !smmu_check(source));
    struct smmu *s = smmu_of(source);
    uint32_t stream = (uint32_t)source;
    uint64_t *entry = entry_get(s, stream);
    if (!entry || !id_get(space)) {
        smmu_unbind(source);
        return -L4_ENOMEM;
    }
    s->reported[stream >> STREAM_BLOCK_BITS][stream & (STREAM_BLOCK - 1)] = 0;
    uint64_t const words[STE_WORDS] = {STE_VALID | STE_STAGE2, STE_SHCFG_KEEP, s->entry_sizes | space->device_vmid,
                                       kernel_virt_to_phys(space->root)};
    entry_set(s, stream, entry, words);
    return 0;
}

void smmu_unbind(uint64_t source)
{
    assert(global_lock_held() && !smmu_check(source));
    struct smmu *s = smmu_of(source);
    uint32_t stream = (uint32_t)source;
    uint64_t *entry = entry_of(s, stream);
    if (!entry || !entry[0])
        return;
    s->reported[stream >> STREAM_BLOCK_BITS][stream & (STREAM_BLOCK - 1)] = 0;
    entry_set(s, stream, entry, (uint64_t const[STE_WORDS]){0});
}

// ---- spaces ----

void smmu_flush_page(struct space *space, uint64_t addr)
{
    assert(global_lock_held() && space->device_vmid);
    for (unsigned i = 0; i < num_smmus; i++)
        if (smmus[i].base) {
            smmu_command(&smmus[i], CMD_TLBI_S2_IPA | (uint64_t)space->device_vmid << 32, addr & L4_PAGEMASK);
            smmu_sync(&smmus[i]);
        }
}

void smmu_flush_space(struct space *space)
{
    assert(global_lock_held() && space->device_vmid);
    for (unsigned i = 0; i < num_smmus; i++)
        if (smmus[i].base)
            flush_space(&smmus[i], space->device_vmid);
}

void smmu_forget(struct space *s)
{
    if (!s->device_vmid)
        return;
    smmu_flush_space(s);
    space_of_id[s->device_vmid] = NULL;
    s->device_vmid = 0;
}

// ---- events ----

static char const *reason(unsigned type)
{
    switch (type) {
    case EVENT_BAD_STREAM:
    case EVENT_BAD_STE:
        return "the device belongs to nobody";
    case EVENT_TRANSLATION:
        return "nothing is mapped there";
    case EVENT_PERMISSION:
        return "it has no right to that";
    case EVENT_ADDRESS_SIZE:
    case EVENT_ACCESS_FLAG:
    default:
        return NULL;
    }
}

static bool names_address(unsigned type)
{
    return type == EVENT_TRANSLATION || type == EVENT_PERMISSION || type == EVENT_ADDRESS_SIZE || type == EVENT_ACCESS_FLAG;
}

static void tell(struct smmu const *s, uint64_t const e[4])
{
    unsigned type = EVENT_TYPE(e[0]);
    char const *why = reason(type);
    uint32_t stream = EVENT_STREAM(e[0]);
    if (!why)
        log_print("kernel: SMMU %u, stream %x: event %x %lx %lx\n", s->number, stream, type, e[1], e[2]);
    else if (names_address(type))
        log_print("kernel: SMMU %u, stream %x: %s at %lx refused: %s\n", s->number, stream,
                  EVENT_READ(e[1]) ? "read" : "write", e[2], why);
    else
        log_print("kernel: SMMU %u, stream %x: access refused: %s\n", s->number, stream, why);
}

// A device can make them all the time: from here on it is refused in silence.
static void silence(struct smmu *s, uint32_t stream, uint64_t *entry)
{
    if (entry[0] & STE_VALID) // it goes on where it has a right to
        __atomic_store_n(&entry[2], entry[2] & ~STE_S2R, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&entry[0], STE_VALID | STE_ABORT, __ATOMIC_RELEASE);
    entry_changed(s, stream);
}

static void event(struct smmu *s, uint64_t const e[4])
{
    uint32_t stream = EVENT_STREAM(e[0]);
    if (stream >> s->stream_bits)
        return;
    uint64_t *entry = entry_get(s, stream);
    if (!entry)
        return;
    uint8_t *n = &s->reported[stream >> STREAM_BLOCK_BITS][stream & (STREAM_BLOCK - 1)];
    if (*n == REPORTS)
        return; // they were under way
    tell(s, e);
    if (++*n == REPORTS)
        silence(s, stream, entry);
}

// What went wrong in the SMMU itself, apart from commands, which are waited for (smmu_queue.c). Events that found no room are
// repetitions of others.
static void errors(struct smmu const *s)
{
    uint32_t now = smmu_read(s, SMMU_GERROR), active = now ^ smmu_read(s, SMMU_GERRORN);
    if (!active)
        return;
    if (active & ~(uint32_t)GERROR_EVENTS_LOST)
        log_print("kernel: SMMU %u: error %x\n", s->number, active);
    smmu_write(s, SMMU_GERRORN, now);
}

static void events(void)
{
    for (unsigned i = 0; i < num_smmus; i++) {
        struct smmu *s = &smmus[i];
        uint64_t e[4];
        if (!s->base)
            continue;
        errors(s);
        while (smmu_event(s, e)) // few: each stream is silent after some
            event(s, e);
    }
}
