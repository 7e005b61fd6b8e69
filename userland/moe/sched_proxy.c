// SPDX-License-Identifier: MIT
#include "sched_proxy.h"

#include <l4/sys/scheduler.h>

#include "cpu_set.h"
#include "factory.h"

struct sched_proxy {
    struct object obj;
    unsigned limit, base;
    uint64_t cpus;
};

// CPUs that the machine has, as the kernel says, and how many are possible.
static int machine_cpus(uint64_t *cpus, l4_umword_t *max)
{
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0, 0, 0);
    long err = l4_error(l4_scheduler_info(L4_BASE_SCHEDULER_CAP, max, &set));

    *cpus = set.map;
    return err < 0 ? (int)err : 0;
}

static l4_msgtag_t op_info(struct sched_proxy *s, struct request *r)
{
    l4_umword_t gran_offset = r->u->msg.mr[1], max;
    uint64_t cpus;

    if (l4_msgtag_words(r->tag) < 2)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    int err = machine_cpus(&cpus, &max);
    if (err < 0)
        return msg_reply_err(err);
    if ((gran_offset & 0xffffff) >= max)
        return msg_reply_err(-L4_ERANGE);
    r->u->msg.mr[0] = cpu_set_fold(gran_offset, cpus & s->cpus);
    r->u->msg.mr[1] = max;
    r->u->msg.mr[2] = L4_SCHEDULER_CLASS_FIXED_PRIO;
    return l4_msgtag(0, 3, 0, 0);
}

// Both forms of the parameters, kernel-abi 4.5.
static int read_params(struct request *r, l4_sched_param_t *sp)
{
    l4_umword_t const *mr = r->u->msg.mr;
    unsigned words = l4_msgtag_words(r->tag);

    if (words < 5)
        return -L4_EINVAL;
    *sp = (l4_sched_param_t){ .affinity = { mr[1], mr[2] }, .prio = mr[3], .quantum = mr[4] };
    if ((l4_mword_t)mr[3] >= 0)
        return 0;
    if ((l4_mword_t)mr[3] != -1 || words < 7)
        return -L4_ERANGE;
    sp->quantum = mr[5];
    sp->prio = mr[6] & 0xffff;
    return 0;
}

static l4_msgtag_t op_run_thread(struct sched_proxy *s, struct request *r)
{
    l4_sched_param_t sp;
    struct msg_item item;
    uint64_t machine;
    int err = read_params(r, &sp);

    if (err < 0)
        return msg_reply_err(err);
    if (!msg_get_item(&r->in, &item) || item.kind != MSG_ITEM_CAP)
        return msg_reply_err(-L4_EINVAL);
    uint64_t cpus = cpu_set_expand(sp.affinity.gran_offset, sp.affinity.map) & s->cpus;
    err = machine_cpus(&machine, NULL);
    if (err < 0)
        return msg_reply_err(err);
    if (!(cpus & machine)) // the thread would never run
        return msg_reply_err(-L4_EINVAL);
    sp.affinity = l4_sched_cpu_set(0, 0, cpus);
    if (sp.prio > SCHED_PRIO_MAX)
        sp.prio = SCHED_PRIO_MAX;
    sp.prio += s->base;
    if (sp.prio > s->limit)
        sp.prio = s->limit;
    return msg_reply_err(l4_error(l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, item.cap, &sp)));
}

static l4_msgtag_t sched_proxy_dispatch(struct object *o, struct request *r)
{
    struct sched_proxy *s = (struct sched_proxy *)o;

    if (l4_msgtag_label(r->tag) != L4_PROTO_SCHEDULER)
        return msg_reply_err(l4_msgtag_label(r->tag) == L4_PROTO_IRQ ? -L4_ENOSYS
                                                                     : -L4_EBADPROTO);
    switch (l4_msgtag_words(r->tag) ? r->u->msg.mr[0] : ~0ul) {
    case L4_SCHEDULER_INFO_OP:
        return op_info(s, r);
    case L4_SCHEDULER_RUN_THREAD_OP:
        return op_run_thread(s, r);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static struct object_ops const sched_proxy_ops = {
    .name = "L4::Scheduler",
    .proto = L4_PROTO_SCHEDULER,
    .size = sizeof(struct sched_proxy),
    .dispatch = sched_proxy_dispatch,
};

struct object *sched_proxy_create(struct factory *f, unsigned limit, unsigned base, uint64_t cpus)
{
    struct sched_proxy *s = object_create(&sched_proxy_ops, f);

    if (!s)
        return NULL;
    s->limit = limit;
    s->base = base;
    s->cpus = cpus;
    return &s->obj;
}
