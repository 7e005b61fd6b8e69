// SPDX-License-Identifier: MIT
#include "preempt/stopped.h"
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "lock/held.h"
#include "object/thread.h"

struct stopped const *stopped_of(struct thread const *t, uint64_t tag, uint64_t to)
{
    struct stopped const *s = &t->stopped;
    return s->valid && s->pc == t->regs.pc && s->tag == tag && s->place.to == to ? s : NULL;
}

struct progress stopped_progress(struct thread *t, uint64_t tag, struct stopped_place const *place)
{
    struct stopped const *s = stopped_of(t, tag, place->to);
    struct stopped_place const *p = &t->stopped.place;
    bool same = s && p->from == place->from && p->control == place->control && p->fpage == place->fpage &&
                p->index == place->index;
    if (same)
        return s->progress;
    mapping_marker_drop(&t->marker);
    return (struct progress){.marker = &t->marker};
}

void stopped_set(struct thread *t, uint64_t tag, struct stopped_place const *place, struct progress const *p)
{
    assert(global_lock_held() && (!p->marker || p->marker == &t->marker));
    t->stopped = (struct stopped){true, t->regs.pc, tag, *place, *p};
}

void stopped_clear(struct thread *t)
{
    assert(!t->marker.pprev || global_lock_held());
    t->stopped.valid = false;
    mapping_marker_drop(&t->marker);
    if (t->vcpu.area)
        ipc_vcpu_accepts(t);
}
