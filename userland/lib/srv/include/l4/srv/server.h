// SPDX-License-Identifier: MIT
// Server loop: objects behind gates and IRQs, META, timers, vanished clients. One struct srv per
// serving thread.
#pragma once

#include <stdbool.h>
#include <l4/re/mutex.h>
#include <l4/srv/msg.h>

L4_BEGIN_DECLS

struct srv;
struct srv_object;

struct srv_ops {
    // Handle one request. `rights`: W(1) | S(2) of the caller's capability. Returns the reply's
    // tag, or SRV_NO_REPLY. For an IRQ object the tag's label is L4_PROTO_IRQ and nothing is
    // replied.
    l4_msgtag_t (*dispatch)(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u);
    // The last client capability disappeared; the object is unregistered already and its slot is
    // free. May be NULL.
    void (*gone)(struct srv_object *o);
    char const *name; // class for META, e.g. "L4Re::Dataspace"; NULL: unknown
    long proto;       // its protocol
    // Further protocols that META says yes to.
    long const *more_protos;
    unsigned n_more_protos;
};

enum srv_object_flags {
    SRV_OBJ_REGISTERED = 1,
    SRV_OBJ_IRQ = 2,
    SRV_OBJ_OWN_CAP = 4, // the loop made the kernel object and frees the slot
    SRV_OBJ_MORTAL = 8,  // dies with its last client capability
};

// Embedded in the server's own objects.
struct srv_object {
    struct srv_ops const *ops;
    l4_cap_idx_t cap;
    // private
    struct srv *srv;
    struct srv_object *next;
    unsigned flags;
};

struct srv_timer {
    void (*expired)(struct srv_timer *t);
    // private
    l4_uint64_t at;
    struct srv_timer *next;
    bool armed;
};

#define SRV_BUCKETS  64
#define SRV_RCV_BUFS 2

struct srv {
    l4_cap_idx_t thread;
    struct srv_object *bucket[SRV_BUCKETS];
    struct srv_object del_irq;
    struct srv_timer *timers; // sorted
    l4_cap_idx_t rcv_slot[SRV_RCV_BUFS];
    unsigned rcv_filled; // bit i: buffer i holds a capability of the current request
    bool check_gone;
    l4re_mutex_t lock; // of bucket[]
};

// What a dispatch function returns to send no reply (now).
#define SRV_NO_REPLY l4_msgtag(-L4_ENOREPLY, 0, 0, 0)

L4_INLINE bool srv_is_no_reply(l4_msgtag_t t)
{
    return l4_msgtag_label(t) == -L4_ENOREPLY;
}

// `thread`: the thread that will serve; its deletion IRQ is installed. 0 or a negative error code.
int srv_init(struct srv *s, l4_cap_idx_t thread);

// Make a new gate for the object, bound to the serving thread: o->cap.
int srv_register(struct srv *s, struct srv_object *o);

// Serve an existing gate (a channel passed in with server right).
int srv_register_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t gate);

// Make a new IRQ object: o->cap.
int srv_register_irq(struct srv *s, struct srv_object *o);

// Receive from an existing IRQ object.
int srv_register_irq_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t irq);

// From now on the object dies (ops->gone) with the last client capability: for objects made for one
// client. Call it right before the reply that hands the capability out.
int srv_make_mortal(struct srv *s, struct srv_object *o);

// Take an object out: queued messages for it are answered -L4_ENOENT, its gate or IRQ is deleted if
// the loop made it. *o may be freed afterwards. May be called inside its own dispatch.
void srv_unregister(struct srv *s, struct srv_object *o);

// The object with this label (or address), NULL if none is registered. For items of kind
// MSG_ITEM_LOCAL.
struct srv_object *srv_find(struct srv *s, l4_umword_t label);

// Call expired() once at the given time (us of the KIP clock) from the serving thread. Re-arming
// moves it. Serving thread only.
void srv_timer_arm(struct srv *s, struct srv_timer *t, l4_uint64_t abs_us);
void srv_timer_cancel(struct srv *s, struct srv_timer *t);

// Capability that came with the current request in buffer i, L4_INVALID_CAP if none. It is dropped
// after the dispatch unless srv_rcv_cap_keep() took it, which also puts a new slot into the buffer.
l4_cap_idx_t srv_rcv_cap(struct srv *s, unsigned i);
l4_cap_idx_t srv_rcv_cap_keep(struct srv *s, unsigned i);

// Take the ownership of the capability of an item read by msg_get_item(): keeps what is in a
// buffer; for a selector of this task returns it as it is. *owned (may be NULL) says whether to
// free it later.
l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned);

// Serve for ever.
void srv_loop(struct srv *s) L4_NORETURN;

// ---- for programs with a loop of their own ----
// Write the receive buffers before a wait.
void srv_setup_buffers(struct srv *s, l4_utcb_t *u);

// Handle one received message. 1 = reply with *tag, 0 = no reply. An unknown label gives 1 with
// -L4_ENOENT if a reply is possible at all (kernel says so when none waits).
int srv_handle(struct srv *s, l4_umword_t label, l4_msgtag_t *tag, l4_utcb_t *u);

// Run timers that are due; returns the next one's time in us, 0 if there is none.
l4_uint64_t srv_run_timers(struct srv *s);

L4_END_DECLS
