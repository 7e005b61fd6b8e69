// SPDX-License-Identifier: MIT
// Root pager: owns all physical memory that the kernel does not use and hands it out, each page of
// RAM to one client. Source: kernel-abi 9.
#include <l4/ssp/ssp.h>
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/sigma0.h>
#include <l4/sys/task.h>
#include <l4/sys/utcb.h>
#include <l4/sys/vcon.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mem_map.h"
#include "meta.h"
#include "region.h"

enum {
    FAULT_ORDER_SUPER = L4_SUPERPAGESHIFT, // a fault in a completely owned 2 MiB frame is answered with all of it
    FAULT_ORDER_BATCH = 16, // else with 64 KiB: fewer faults for images and tables
    PAGE_ORDER = L4_PAGESHIFT,
    FIRST_CLIENT_ID = 12,
    MAX_CLIENT_ID = 1023,
    CLIENT_SLOT_BASE = 0x20,
    CLAIM_RANGES_PER_CALL = 31,
};

static struct region_map regions;
static uint64_t kip_addr;
static unsigned next_client = FIRST_CLIENT_ID;

static void say(char const *fmt, ...) __attribute__((format(printf, 1, 2)));

static void say(char const *fmt, ...)
{
    char line[160] = "SIGMA0: ";
    unsigned len = 8;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
    va_end(ap);
    len += (unsigned)strlen(line + len);
    line[len++] = '\n';
    l4_vcon_write(L4_BASE_LOG_CAP, line, len);
}

static l4_msgtag_t reply_error(long err)
{
    return l4_msgtag(-err, 0, 0, 0);
}

static l4_msgtag_t reply_page(uint64_t addr, unsigned order, unsigned rights, unsigned cache)
{
    l4_msg_regs_t *mr = l4_utcb_mr();

    addr &= ~((UINT64_C(1) << order) - 1);
    mr->mr[0] = l4_map_control(addr, (unsigned char)cache, L4_MAP_ITEM_MAP);
    mr->mr[1] = l4_fpage(addr, order, (unsigned char)rights).raw;
    return l4_msgtag(0, 0, 1, 0);
}

static l4_msgtag_t request_ram(unsigned client, uint64_t start, unsigned order)
{
    uint64_t end = start + ((UINT64_C(1) << order) - 1);
    unsigned rights;

    if (!region_ram_allowed(&regions, start, end, client, &rights)
        || !region_claim(&regions, start, end, client))
        return reply_error(L4_ENOMEM);
    return reply_page(start, order, rights, L4_FPAGE_CACHEABLE);
}

static l4_msgtag_t request_any_ram(unsigned client, unsigned order)
{
    uint64_t start;

    if (!region_find_free(&regions, order, &start))
        return reply_error(L4_ENOMEM);
    return request_ram(client, start, order);
}

static l4_msgtag_t request_io(uint64_t start, unsigned order, unsigned cache)
{
    if (region_overlaps(&regions, start, start + ((UINT64_C(1) << order) - 1)))
        return reply_error(L4_ENOMEM);
    return reply_page(start, order, L4_FPAGE_RW, cache);
}

static l4_msgtag_t request_claim(unsigned client)
{
    l4_msg_regs_t *mr = l4_utcb_mr();
    unsigned n = 0;

    for (unsigned i = 0; i < regions.count && n < CLAIM_RANGES_PER_CALL;) {
        struct region r = regions.r[i];
        if (r.kind != REGION_RAM || r.owner) {
            i++;
            continue;
        }
        r.owner = (uint16_t)client;
        if (!region_set(&regions, &r))
            break;
        mr->mr[2 * n] = r.start;
        mr->mr[2 * n + 1] = r.end - r.start + 1;
        n++;
        i = 0; // merging moved the entries
    }
    return l4_msgtag((long)n, 2 * n, 0, 0);
}

static void dump_regions(void)
{
    for (unsigned i = 0; i < regions.count; i++) {
        struct region const *r = &regions.r[i];
        if (r->kind != REGION_RESERVED)
            say("%012llx-%012llx RAM client %u rights %x", (unsigned long long)r->start,
                (unsigned long long)r->end, r->owner, r->rights);
        else
            say("%012llx-%012llx reserved", (unsigned long long)r->start,
                (unsigned long long)r->end);
    }
}

static l4_msgtag_t handle_request(unsigned client, l4_msgtag_t tag)
{
    l4_msg_regs_t *mr = l4_utcb_mr();
    unsigned words = l4_msgtag_words(tag);
    l4_umword_t id = mr->mr[0];

    if (words < 1 || !SIGMA0_IS_MAGIC_REQ(id))
        return reply_error(L4_ENOSYS);
    id &= SIGMA0_REQ_ID_MASK;
    switch (id) {
    case SIGMA0_REQ_ID_KIP:
        return reply_page(kip_addr, PAGE_ORDER, L4_FPAGE_RX, L4_FPAGE_CACHEABLE);
    case SIGMA0_REQ_ID_DEBUG_DUMP:
        dump_regions();
        return l4_msgtag(0, 0, 0, 0);
    case SIGMA0_REQ_ID_CLAIM_RAM:
        return request_claim(client);
    case SIGMA0_REQ_ID_FPAGE_RAM:
    case SIGMA0_REQ_ID_FPAGE_IOMEM:
    case SIGMA0_REQ_ID_FPAGE_IOMEM_CACHED:
    case SIGMA0_REQ_ID_FPAGE_ANY:
        break;
    default:
        return reply_error(L4_ENOSYS);
    }

    l4_fpage_t page = {.raw = mr->mr[1]};
    uint64_t addr = l4_fpage_memaddr(page);
    unsigned order = l4_fpage_size(page);
    if (words < 2 || order < PAGE_ORDER || order > 63)
        return reply_error(L4_EINVAL);
    if (id == SIGMA0_REQ_ID_FPAGE_ANY)
        return request_any_ram(client, order);
    if (addr & ((UINT64_C(1) << order) - 1))
        return reply_error(L4_EINVAL);
    if (id == SIGMA0_REQ_ID_FPAGE_RAM)
        return request_ram(client, addr, order);
    return request_io(addr, order, id == SIGMA0_REQ_ID_FPAGE_IOMEM ? L4_FPAGE_UNCACHEABLE : L4_FPAGE_CACHEABLE);
}

static l4_msgtag_t handle_fault(unsigned client)
{
    l4_msg_regs_t *mr = l4_utcb_mr();
    uint64_t addr = mr->mr[0] & ~L4_PF_FLAGS_MASK, page = l4_trunc_page(addr);
    uint64_t pc = mr->mr[1];
    unsigned rights;
    struct region const *r;

    if (!region_ram_allowed(&regions, page, page + L4_PAGESIZE - 1, client, &rights)
        || !region_claim(&regions, page, page + L4_PAGESIZE - 1, client)
        || !(r = region_find(&regions, page))) {
        say("client %u: no memory for it at 0x%llx (pc 0x%llx)", client, (unsigned long long)addr,
            (unsigned long long)pc);
        return reply_error(L4_ENOMEM);
    }
    unsigned order = region_block_order(r, page, FAULT_ORDER_SUPER);
    if (order < FAULT_ORDER_SUPER)
        order = region_block_order(r, page, FAULT_ORDER_BATCH);
    return reply_page(page, order, rights, L4_FPAGE_CACHEABLE);
}

static l4_msgtag_t handle_factory(l4_umword_t label, l4_msgtag_t tag)
{
    if (!(label & L4_CAP_FPAGE_S))
        return reply_error(L4_EPERM);
    if (l4_msgtag_words(tag) < 1 || (long)l4_utcb_mr()->mr[0] != L4_PROTO_SIGMA0)
        return reply_error(L4_ENODEV);
    if (next_client > MAX_CLIENT_ID)
        return reply_error(L4_ENOMEM);

    unsigned id = next_client;
    l4_cap_idx_t gate = (l4_cap_idx_t)(CLIENT_SLOT_BASE + id) << L4_CAP_SHIFT;
    long err = l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_BASE_THREAD_CAP,
                                               (l4_umword_t)id << 4));
    if (err < 0)
        return reply_error(-err);
    next_client++;
    l4_msg_regs_t *mr = l4_utcb_mr();
    mr->mr[0] = L4_ITEM_MAP;
    mr->mr[1] = l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RWS).raw;
    return l4_msgtag(0, 0, 1, 0);
}

static l4_msgtag_t dispatch(l4_umword_t label, l4_msgtag_t tag)
{
    unsigned client = (unsigned)(label >> 4);

    switch (l4_msgtag_label(tag)) {
    case L4_PROTO_PAGE_FAULT:
        return handle_fault(client);
    case L4_PROTO_SIGMA0:
        return handle_request(client, tag);
    case L4_PROTO_FACTORY:
        return handle_factory(label, tag);
    case L4_PROTO_META:
        return meta_answer(l4_utcb(), tag);
    default:
        return reply_error(L4_EBADPROTO);
    }
}

// It takes no capabilities and no memory from anybody. A call that creates a client's gate leaves the gate's slot in the
// buffers, where the next message would put what it brings.
static void no_buffers(void)
{
    l4_utcb_br()->bdr = 0;
    l4_utcb_br()->br[0] = 0;
}

char const ssp_program[] = "sigma0";
void sigma0_main(void const *kip, uint64_t random);

// `random` is from the kernel, 0: none.
void sigma0_main(void const *kip, uint64_t random)
{
    l4_umword_t label;

    ssp_init(random); // this function does not return
    kip_addr = (uint64_t)kip;
    uint32_t version;
    memcpy(&version, (char const *)kip + 4, sizeof(version));
    if (version >> 24 != 0x87)
        say("kernel info page has version 0x%x, expected 0x87......", (unsigned)version);
    char const *err = mem_map_init(&regions, kip, L4_PAGESIZE);
    if (err) {
        say("FATAL: %s", err);
        for (;;)
            l4_sleep_forever();
    }

    l4_sched_param_t sp = l4_sched_param(255, 0);
    l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, L4_BASE_THREAD_CAP, &sp);

    no_buffers();
    l4_msgtag_t tag = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;) {
        if (l4_msgtag_has_error(tag)) { // the receiver of our reply is gone: nothing to repair
            tag = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
            continue;
        }
        l4_msgtag_t reply = dispatch(label, tag);
        no_buffers();
        tag = l4_ipc_reply_and_wait(l4_utcb(), reply, &label, L4_IPC_SEND_TIMEOUT_0);
    }
}
