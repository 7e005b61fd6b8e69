// SPDX-License-Identifier: MIT
// Which capabilities each task of a world has: an exact account, from the rules of the interface, and questions and
// operations that hold it against the kernel's.
#include "fuzz.h"

enum { R = L4_CAP_FPAGE_R, W = L4_CAP_FPAGE_W, S = L4_CAP_FPAGE_S, D = L4_CAP_FPAGE_D };
enum kind { IRQ, SEMAPHORE, GATE, THREAD, TASK, FACTORY, KINDS };

// ---- the account ----

static void object_gone(struct world *w, unsigned o)
{
    for (unsigned t = 0; t < TASKS; t++)
        for (unsigned i = 0; i < SLOTS; i++)
            if (w->slot[t][i].object == o)
                w->slot[t][i] = (struct slot){0};
    w->object[o].counted = 0;
}

static void model_empty(struct world *w, struct slot *s, bool del)
{
    unsigned o = s->object;
    if (!o)
        return;
    if ((del && (s->rights & D)) || (!s->weak && w->object[o].counted <= 1)) {
        object_gone(w, o);
        return;
    }
    w->object[o].counted -= !s->weak;
    *s = (struct slot){0};
}

static void model_put(struct world *w, struct slot *s, struct slot value)
{
    *s = value;
    w->object[value.object].counted += !value.weak;
}

struct copy {
    unsigned src, dst, from, to, order, rights;
    bool strong, grant, weak, server;
};

static void model_copy(struct world *w, struct copy const *c)
{
    unsigned n = 1u << c->order, from = c->from & ~(n - 1), to = c->to & ~(n - 1);
    if (!(c->rights & R))
        return;
    for (unsigned i = 0; i < n; i++) {
        struct slot *s = &w->slot[c->src][from + i], *d = &w->slot[c->dst][to + i];
        if (!s->object)
            continue;
        struct slot new = {s->object, (uint8_t)(s->rights & (c->rights | R)), s->server && c->server, c->weak};
        if (!c->strong)
            new.rights &= (uint8_t)~S;
        model_empty(w, d, true);
        if (!s->object) // it was the source itself, or the object is gone
            continue;
        model_put(w, d, new);
        if (c->grant)
            model_empty(w, s, false);
    }
}

void caps_init(struct world *w)
{
    for (unsigned t = 0; t < TASKS; t++)
        for (unsigned i = 0; i < SLOTS; i++)
            w->slot[t][i] = (struct slot){0};
    for (unsigned o = 0; o < OBJECTS; o++)
        w->object[o] = (struct object){0};
}

// ---- questions ----

static bool check_valid(struct world *w, unsigned t, unsigned i)
{
    int64_t got = l4_error(l4_task_cap_valid(w->task[t], world_slot(w, t, i)));
    w->calls++;
    bool want = w->slot[t][i].object;
    return got == want || world_fault(w, want ? "a capability is gone" : "a capability is there", (uint64_t)got, want);
}

static bool same(struct world *w, struct slot const *a, struct slot const *b)
{
    if (!a->object || !b->object)
        return a->object == b->object;
    bool gate = w->object[a->object].kind == GATE;
    return a->object == b->object && !((a->rights ^ b->rights) & (W | S)) && (!gate || a->server == b->server);
}

static bool check_equal(struct world *w, unsigned t, unsigned i, unsigned k)
{
    int64_t got = l4_error(l4_task_cap_equal(w->task[t], world_slot(w, t, i), world_slot(w, t, k)));
    w->calls++;
    bool want = same(w, &w->slot[t][i], &w->slot[t][k]) || i == k;
    return got == want || world_fault(w, want ? "two capabilities differ" : "two capabilities are equal", (uint64_t)got, want);
}

// Is what a victim has in its slot the object that root knows? A full copy of root's slot is put beside it.
static bool check_identity(struct world *w, unsigned t, unsigned i, unsigned k)
{
    struct slot root = w->slot[0][k];
    if (!root.object || !t)
        return true;
    l4_cap_idx_t spare = SLOT(VICTIM_SLOT + SLOTS);
    l4_task_map(w->task[t], L4_BASE_TASK_CAP, l4_obj_fpage(world_slot(w, 0, k), 0, R | W | S),
                l4_map_obj_control(spare, L4_FPAGE_C_OBJ_RIGHTS));
    int64_t got = l4_error(l4_task_cap_equal(w->task[t], world_slot(w, t, i), spare));
    l4_task_release_cap(w->task[t], spare);
    w->calls += 3;
    bool want = same(w, &w->slot[t][i], &root);
    return got == want || world_fault(w, "a capability names another object, or has other rights", (uint64_t)got, want);
}

// ---- rights that operations ask for ----

static bool check_rights(struct world *w, unsigned i)
{
    struct slot s = w->slot[0][i];
    l4_cap_idx_t c = world_slot(w, 0, i);
    int64_t e = 0, want = s.rights & S ? 0 : -L4_EPERM;
    if (!s.object)
        return true;
    w->calls++;
    switch (w->object[s.object].kind) {
    case IRQ:
        e = l4_error(l4_rcv_ep_bind_thread(c, w->thread[1], 0x4000));
        break;
    case SEMAPHORE:
        l4_semaphore_up(c);
        e = l4_error(l4_semaphore_down(c, L4_IPC_RECV_TIMEOUT_0));
        break;
    case GATE:
        if (!s.server)
            return true;
        e = l4_error(l4_rcv_ep_bind_thread(c, w->thread[2], 0x4000));
        break;
    case THREAD:
        l4_thread_control_start();
        e = l4_error(l4_thread_control_commit(c));
        break;
    case TASK:
        want = s.rights & W ? 0 : -L4_EPERM;
        e = l4_error(l4_task_map(c, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_LOG_CAP, 0, R), l4_map_obj_control(SLOT(5), 0)));
        break;
    case FACTORY:
        e = l4_error(l4_factory_create_irq(c, w->scratch));
        if (!e)
            l4_task_delete_obj(L4_BASE_TASK_CAP, w->scratch);
        break;
    default:
        return true;
    }
    return e == want || world_fault(w, "a right of an operation on object", (uint64_t)e, (uint64_t)want);
}

// ---- operations ----

static int64_t create(struct world *w, enum kind kind, l4_cap_idx_t c)
{
    static long const proto[] = {L4_PROTO_IRQ_SENDER, L4_PROTO_SEMAPHORE, 0, L4_PROTO_THREAD, L4_PROTO_VM};
    return kind == FACTORY ? l4_error(l4_factory_create_factory(w->factory, c, 4096))
                           : l4_error(l4_factory_create(w->factory, proto[kind], c));
}

static bool step_create(struct world *w)
{
    struct rng *r = &w->rng;
    unsigned o = 1;
    while (o < OBJECTS && w->object[o].counted)
        o++;
    if (o == OBJECTS)
        return true;
    unsigned i = below(r, SLOTS), kind = below(r, KINDS);
    world_note(w, (struct call){"create: object, kind, slot", {o, kind, i}});
    int64_t e = create(w, kind, world_slot(w, 0, i));
    w->calls++;
    if (e)
        return world_fault(w, "create", (uint64_t)e, 0);
    model_empty(w, &w->slot[0][i], true);
    w->object[o].kind = (uint8_t)kind;
    model_put(w, &w->slot[0][i], (struct slot){(uint8_t)o, R | W | S | D, true, false});
    return check_valid(w, 0, i);
}

static struct copy any_copy(struct world *w)
{
    struct rng *r = &w->rng;
    struct copy c = {.src = below(r, TASKS), .dst = below(r, TASKS), .from = below(r, SLOTS), .to = below(r, SLOTS)};
    c.order = below(r, 4) ? 0 : below(r, 5);
    c.rights = below(r, 2) ? R | W | S | (below(r, 3) ? 0 : D) : below(r, 16);
    c.grant = below(r, 5) == 0;
    c.weak = below(r, 5) == 0;
    c.server = below(r, 2);
    for (unsigned k = 0; k < 8 && !w->slot[c.src][c.from].object; k++)
        c.from = below(r, SLOTS);
    return c;
}

static bool check_copy(struct world *w, struct copy const *c)
{
    unsigned n = 1u << c->order, from = c->from & ~(n - 1), to = c->to & ~(n - 1);
    for (unsigned i = 0; i < n; i++)
        if (!check_valid(w, c->dst, to + i) || !check_valid(w, c->src, from + i))
            return false;
    return check_equal(w, c->dst, to, below(&w->rng, SLOTS)) && check_identity(w, c->dst, to, below(&w->rng, SLOTS)) &&
           (c->src || check_identity(w, c->dst, to, from));
}

static l4_umword_t control_of(struct copy const *c, l4_umword_t hot)
{
    return hot | L4_ITEM_MAP | (c->grant ? L4_MAP_ITEM_GRANT : 0) | (c->weak ? L4_FPAGE_C_NO_REF_CNT : 0) |
           (c->server ? L4_FPAGE_C_OBJ_RIGHTS : 0);
}

static bool step_copy(struct world *w)
{
    struct rng *r = &w->rng;
    struct copy c = any_copy(w);
    unsigned k = below(r, 16);
    l4_cap_idx_t src = w->task[c.src], dst = w->task[c.dst];
    c.strong = k > 2;
    if (k == 0)
        dst = w->odd_task[c.dst];
    if (k == 1)
        dst = w->weak_task[c.dst];
    if (k == 2)
        src = w->weak_task[c.src];
    int64_t want = k ? 0 : -L4_EPERM;
    world_note(w, (struct call){"map capabilities: from, to task, slot, slot, order, rights, attributes, task capabilities",
                                {c.src, c.dst, c.from, c.to, c.order, c.rights, control_of(&c, 0), k}});
    int64_t e = l4_error(l4_task_map(dst, src, l4_obj_fpage(world_slot(w, c.src, c.from), c.order, c.rights),
                                     control_of(&c, world_slot(w, c.dst, c.to))));
    w->calls++;
    if (e != want)
        return world_fault(w, "map of capabilities", (uint64_t)e, (uint64_t)want);
    if (k)
        model_copy(w, &c);
    return check_copy(w, &c);
}

// One victim sends another capabilities, over a gate with or without S.
static bool step_send(struct world *w)
{
    struct rng *r = &w->rng;
    struct copy c = any_copy(w);
    if (!c.src)
        c.src = 1;
    if (!c.dst || c.dst == c.src)
        c.dst = 1 + c.src % (TASKS - 1);
    c.strong = below(r, 3);
    unsigned window = below(r, 5);
    bool small = below(r, 2);
    if (small)
        window = 0;
    struct prober *from = w->prober[c.src], *to = w->prober[c.dst];
    unsigned rbase = c.to & ~((1u << window) - 1), hot = below(r, SLOTS);
    world_note(w, (struct call){"send capabilities: from, to task, slot, window, hot spot, order, rights, attributes",
                                {c.src, c.dst, c.from, rbase | window << 12, hot, c.order, c.rights, control_of(&c, 0)}});
    to->bdr = 0;
    to->br[0] = small ? world_slot(w, c.dst, rbase) | L4_RCV_ITEM_SINGLE_CAP : L4_ITEM_MAP;
    to->br[1] = small ? 0 : l4_obj_fpage(world_slot(w, c.dst, rbase), window, 0).raw;
    to->br[2] = 0;
    to->count = 0;
    w->calls += 2;
    if (!prober_run(w->thread[c.dst]))
        return world_fault(w, "a prober does not answer, task", c.dst, 0);
    from->count = 0;
    from->send = 1;
    from->out = (struct message){.dest = SLOT((c.strong ? 0x30 : 0x38) + c.dst), .tag = (uint64_t)l4_msgtag(7, 1, 1, 0).raw};
    from->out.mr[0] = rnd(r);
    from->out.mr[1] = control_of(&c, SLOT(hot));
    from->out.mr[2] = l4_obj_fpage(world_slot(w, c.src, c.from), c.order, c.rights).raw;
    bool answer = prober_run(w->thread[c.src]);
    from->send = 0;
    to->br[0] = 0;
    if (!answer || (from->result & L4_MSGTAG_ERROR))
        return world_fault(w, "a victim's message with capabilities failed", answer ? from->error : 99, 0);
    unsigned size = 1u << window, so = 1u << c.order;
    if (window >= c.order) {
        c.to = rbase + (hot & (size - 1) & ~(so - 1));
    } else {
        c.from = (c.from & ~(so - 1)) + (hot & (so - 1) & ~(size - 1));
        c.to = rbase;
        c.order = window;
    }
    model_copy(w, &c);
    return check_copy(w, &c);
}

static bool step_unmap(struct world *w)
{
    struct rng *r = &w->rng;
    unsigned t = below(r, TASKS), i = below(r, SLOTS), order = below(r, 4) ? 0 : below(r, 4);
    unsigned rights = below(r, 2) ? R | W | S | D : below(r, 16), k = below(r, 8);
    for (unsigned n = 0; n < 4 && !w->slot[t][i].object; n++)
        i = below(r, SLOTS);
    l4_umword_t mask = k == 0 ? L4_FP_OTHER_SPACES : k < 4 ? L4_FP_DELETE_OBJ : L4_FP_ALL_SPACES;
    i &= ~((1u << order) - 1);
    world_note(w, (struct call){"unmap capabilities: task, slot, order, rights, mask", {t, i, order, rights, mask}});
    int64_t e = l4_error(l4_task_unmap(w->task[t], l4_obj_fpage(world_slot(w, t, i), order, rights), mask));
    w->calls++;
    if (e)
        return world_fault(w, "unmap of capabilities", (uint64_t)e, 0);
    for (unsigned n = i; k && n < i + (1u << order); n++) {
        if (rights & R)
            model_empty(w, &w->slot[t][n], k < 4);
        else
            w->slot[t][n].rights &= (uint8_t)~rights;
        if (!check_valid(w, t, n))
            return false;
    }
    return check_equal(w, t, i, below(r, SLOTS)) && check_identity(w, t, i, below(r, SLOTS));
}

bool caps_sweep(struct world *w)
{
    for (unsigned t = 0; t < TASKS; t++)
        for (unsigned i = 0; i < SLOTS; i++)
            if (!check_valid(w, t, i) || !check_equal(w, t, i, below(&w->rng, SLOTS)) ||
                !check_identity(w, t, i, below(&w->rng, SLOTS)))
                return false;
    for (unsigned i = 0; i < SLOTS; i++)
        if (!check_rights(w, i))
            return false;
    return true;
}

bool caps_step(struct world *w)
{
    unsigned k = below(&w->rng, 16);
    return k < 3    ? step_create(w)
           : k < 8  ? step_copy(w)
           : k < 11 ? step_unmap(w)
           : k < 13 ? step_send(w)
                    : check_rights(w, below(&w->rng, SLOTS));
}
