// SPDX-License-Identifier: MIT
#include <arch/vgic.h>
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "object/factory.h"
#include "object/gate.h"
#include "task_setup.h"
#include <string.h>

uint64_t vgic_gicv_phys;
uint64_t last_label;
struct thread *last_thread;
unsigned restarts;

static struct object *plain_create(enum object_type type, struct quota *q)
{
    struct object *o = kmem_alloc(q, sizeof(*o));
    if (o)
        object_init(o, type, q);
    return o;
}

static void plain_destroy(struct object *o)
{
    object_free(o, o, sizeof(*o));
}

struct object *gate_create(struct quota *q, uint64_t label, struct thread *t)
{
    last_label = label;
    last_thread = t;
    return plain_create(OBJ_GATE, q);
}

struct object *thread_create(struct quota *q)
{
    return plain_create(OBJ_THREAD, q);
}

struct object *irq_create(struct quota *q)
{
    return plain_create(OBJ_IRQ, q);
}

struct object *semaphore_create(struct quota *q)
{
    return plain_create(OBJ_SEMAPHORE, q);
}

void ipc_vcpu_accepts(struct thread *t)
{
    (void)t;
}

uint64_t syscall_restart(struct invocation *in)
{
    (void)in;
    restarts++;
    return NO_RESULT;
}

struct object_ops const gate_ops = {.destroy = plain_destroy},
                        thread_ops = {.destroy = plain_destroy},
                        irq_ops = {.destroy = plain_destroy},
                        semaphore_ops = {.destroy = plain_destroy};
struct object_ops const icu_ops, scheduler_ops, vcon_ops;

struct thread caller;
struct task *me, *other;
l4_utcb_t *u;
uint32_t rights_used;
uint64_t result;
bool scribble;

void task_setup(void)
{
    fake_heap_init(FAKE_HEAP);
    fake_preempt_every = 0;
    restarts = 0;
    vgic_gicv_phys = 0;
    me = task_create(&quota_root);
    ck_assert_int_eq(task_add_ku_mem(me, UTCB_AREA, 12), 0);
    other = task_create(&quota_root);
    memset(&caller, 0, sizeof(caller));
    caller.task = me;
    caller.utcb = task_ku_mem_find(me, UTCB_AREA, sizeof(l4_utcb_t));
    u = caller.utcb;
    object_init(&caller.obj, OBJ_THREAD, &quota_root);
    caller.obj.immortal = true;
    me->obj.immortal = true;
    rights_used = CAP_ALL;
    quota_ref(&quota_root);
    cap_set(cap_slot_get(&me->caps, &quota_root, TASK), &me->obj, CAP_ALL);
    cap_set(cap_slot_get(&me->caps, &quota_root, FACTORY), factory_create(&quota_root, &quota_root),
            CAP_ALL);
    cap_set(cap_slot_get(&me->caps, &quota_root, THREAD), &caller.obj, CAP_ALL);
    cap_set(cap_slot_get(&me->caps, &quota_root, GATE), gate_create(&quota_root, 0, NULL), CAP_ALL);
    cap_set(cap_slot_get(&me->caps, &quota_root, WEAK_TASK), &other->obj, CAP_W);
    cap_set(cap_slot_get(&me->caps, &quota_root, OTHER), &other->obj, CAP_ALL);
}

struct object *object_at(struct task *t, uint64_t index)
{
    struct cap_slot *s = cap_lookup(&t->caps, index);
    return s ? s->obj : NULL;
}

void invoke_once(struct cap_slot *s, struct invocation *in)
{
    unsigned words = tag_words(in->tag);
    in->obj = s->obj;
    invocation_copy_words(in, u, words);
    struct operation const *op = operation_find(in);
    for (unsigned i = 0; scribble && i < words && i < IN_WORDS; i++)
        u->msg.mr[i] = ~(uint64_t)0;
    result = operation_run(in, op);
    fake_work_do();
}

int64_t invoke(uint64_t index, int64_t label, unsigned words, unsigned items)
{
    struct cap_slot *s = cap_lookup(&me->caps, index);
    struct invocation in = {
        .caller = &caller, .obj = s->obj, .rights = s->rights & rights_used};
    in.tag = tag_make(label, words, items, 0);
    caller.regs.r[2] = index << L4_CAP_SHIFT | L4_SYSF_CALL;
    do {
        invoke_once(s, &in);
    } while ((result & NO_RESULT) && s->obj); // else the repeated call finds nothing
    stopped_clear(&caller); // as the system call does
    return result & L4_MSGTAG_ERROR ? (int64_t)u->tcr.error * 1000 : tag_label(result);
}

void item(unsigned word, uint64_t index)
{
    u->msg.mr[word] = L4_ITEM_MAP;
    u->msg.mr[word + 1] = index << 12 | L4_FPAGE_OBJ << 4 | 7;
}

uint64_t mem_page(uint64_t addr, unsigned order, unsigned rights)
{
    return addr | order << 6 | L4_FPAGE_MEMORY << 4 | rights;
}

uint64_t obj_page(uint64_t index, unsigned order, unsigned rights)
{
    return index << 12 | order << 6 | L4_FPAGE_OBJ << 4 | rights;
}

int64_t create(int64_t type, uint64_t slot, unsigned words, unsigned items)
{
    u->msg.mr[0] = (uint64_t)type;
    u->buf.bdr = 0;
    u->buf.br[0] = slot << 12 | L4_RCV_ITEM_SINGLE_CAP;
    return invoke(FACTORY, L4_PROTO_FACTORY, words, items);
}

int64_t task_map(uint64_t dst, uint64_t src, uint64_t page, uint64_t control)
{
    u->msg.mr[0] = 0;
    u->msg.mr[1] = control | L4_ITEM_MAP;
    u->msg.mr[2] = page;
    item(3, src);
    return invoke(dst, L4_PROTO_TASK, 3, 1);
}

int64_t unmap(uint64_t task, uint64_t page, uint64_t mask)
{
    u->msg.mr[0] = 1;
    u->msg.mr[1] = mask;
    u->msg.mr[2] = page;
    return invoke(task, L4_PROTO_TASK, 3, 0);
}
