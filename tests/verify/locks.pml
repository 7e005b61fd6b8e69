/* SPDX-License-Identifier: MIT
 * The protocol of kernel/lock/: local locks, the global lock, cross calls, restarted entries. A step has the name of the
 * C function that it stands for; what is one step here is one access to shared memory there.
 *
 * Each CPU has a thread of its own, and there is one more, which waits at home for messages and moves between CPUs.
 * An entry does nothing (an interrupt), sends to the one that waits, or, under the global lock, takes another CPU's
 * thread away and moves the one that waits.
 *
 *   CPUS                         2 or 3
 *   WRONG_ORDER, NO_LOOK_AGAIN, RESTARTED_CLEARED_EARLY, CALL_CLEARED_EARLY, NO_EVENT    mutations, each a mistake
 */
#ifndef CPUS
#define CPUS 3
#endif
#ifndef SEND /* entries of which CPUs do so: bit = CPU */
#define SEND 7
#define TAKE 7
#endif
#define COLLECTOR CPUS
#define NOTHING 255
#define WORD(lock) (lock)                    /* what a CPU can watch */
#define TURN(lock) (CPUS + 1 + (lock))
#define STOPPED(cpu) (2 * CPUS + 2 + (cpu))

/* struct lock */
bool taken[CPUS + 1];
byte waiting[CPUS + 1];
byte drawn[CPUS + 1];             /* tickets - turn */
byte place[CPUS], queue[CPUS] = NOTHING; /* of each CPU: its ticket - turn, and at which lock */
/* struct cpu */
bool stopped[CPUS], restarted[CPUS], call[CPUS];
bool current[CPUS] = true;
/* the machine: event register, and address of the exclusive monitor */
bool event[CPUS], sleeps[CPUS]; /* only who is about to wait needs its event register */
byte watched[CPUS] = NOTHING;
/* the thread that waits for messages */
byte home;

byte what_changed;               /* an argument */

/* For the assertions: */
bool user[CPUS];      /* executes its program */
bool works[CPUS];     /* in the kernel, with its locks, for its thread */
bool executes[CPUS];  /* in the middle of a cross call */
bool lost[CPUS];      /* its thread was taken away since the entry began */
bool waits[CPUS];     /* for a lock */

#if CPUS == 3
#define EACH(x) x(0); x(1); x(2)
#else
#define EACH(x) x(0); x(1)
#endif
inline wake(i) { event[i] = sleeps[i] }
inline next(i) { if :: queue[i] == what_changed -> place[i]-- :: else fi }
inline changed_(i) { if :: watched[i] == what_changed -> event[i] = true; watched[i] = NOTHING :: else fi }
inline changed(what) { what_changed = what; EACH(changed_); what_changed = 0 }
inline send_event() { EACH(wake) }
inline not_at_work(i) { assert(i == c || (!works[i] && !executes[i])) }

/* ---- lock.c ---- */
inline lock_try(l)
{
    d_step {
        ok = !taken[l] && waiting[l] == 0;
        if :: ok -> taken[l] = true :: else fi
    }
}
inline lock_release(l) { d_step { assert(taken[l]); taken[l] = false; changed(WORD(l)) } }
inline lock_queue(l)
{
    waiting[l]++;
    d_step { place[c] = drawn[l]; queue[c] = l; drawn[l]++ }
}
inline lock_poll(l)
{
    atomic { watched[c] = TURN(l); ok = place[c] == 0 };
    if
    :: ok ->
        d_step { watched[c] = WORD(l); ok = !taken[l] };
        if
        :: ok ->
            d_step { assert(!taken[l]); taken[l] = true; waiting[l]--; watched[c] = NOTHING }
            d_step {
                queue[c] = NOTHING; drawn[l]--; what_changed = l; EACH(next); changed(TURN(l));
                sleeps[c] = false; event[c] = false; watched[c] = NOTHING
#ifdef LIVENESS
                ; waits[c] = false
#endif
            }
        :: else
        fi
    :: else
    fi
}
inline wait_for_event() { atomic { event[c] -> event[c] = false; watched[c] = NOTHING } }

/* ---- cross_call.c ---- */
inline cpu_stopped()
{
#ifdef RESTARTED_CLEARED_EARLY
    restarted[c] = false;
#endif
    d_step {
        stopped[c] = true; changed(STOPPED(c)); sleeps[c] = true
#ifdef LIVENESS
        ; waits[c] = true
#endif
    }
}
inline deschedule()
{
    executes[c] = true;
    if
    :: current[c] -> d_step { current[c] = false; restarted[c] = true; lost[c] = true }
    :: else
    fi;
    executes[c] = false
}
inline cross_call_serve()
{
    ok = call[c];
    if
    :: ok ->
#ifdef CALL_CLEARED_EARLY
        call[c] = false;
        send_event();
        deschedule()
#else
        deschedule();
        call[c] = false;
        atomic { send_event() }
#endif
    :: else
    fi
}
inline cpu_goes_on() { d_step { stopped[c] = false; ok = !restarted[c]; restarted[c] = false } }
inline wait_until_stopped(o)
{
    if
    :: stopped[o]
    :: else ->
        sleeps[c] = true; /* and an IPI: whoever executes its program comes into the kernel at any time */
        do
        :: atomic { watched[c] = STOPPED(o); ok = stopped[o] };
            if :: ok -> atomic { watched[c] = NOTHING; sleeps[c] = false; event[c] = false }; break :: else -> wait_for_event() fi
        od
    fi
}
inline cross_call(o)
{
    wait_until_stopped(o);
    atomic { sleeps[c] = true; call[o] = true };
#ifndef NO_EVENT
    atomic { send_event() }
#endif
    do
    :: atomic { !call[o] -> sleeps[c] = false; event[c] = false; watched[c] = NOTHING }; break
    :: else -> wait_for_event()
    od
}

/* ---- lock_set.c ---- */
inline wait_for(l)
{
    lock_try(l);
    if
    :: ok
    :: else ->
        cpu_stopped();
        lock_queue(l);
        do
        :: lock_poll(l);
            if :: ok -> break :: else fi;
            cross_call_serve();
            if :: ok :: else -> wait_for_event() fi
        od
    fi
}
inline local_lock() /* with local_lock_contended */
{
    lock_try(c);
    if :: ok :: else -> wait_for(c); cpu_goes_on() fi
}
inline release_one(n) { if :: held & (1 << n) -> lock_release(n) :: else fi }
inline release() /* but for locks_held, which nobody else looks at */
{
    if :: held -> EACH(release_one); held = 0 :: else fi
}
inline locks_drop()
{
    release();
    if :: collects -> lock_release(COLLECTOR); collects = false :: else fi
}
inline try_one(n)
{
    if
    :: ok && n != c && (which & (1 << n)) -> lock_try(n); if :: ok -> held = held | (1 << n) :: else fi
    :: else
    fi
}
#ifdef WRONG_ORDER
inline wait_one(n) { if :: n != c && (which & (1 << n)) -> wait_for(n) :: else fi }
#else
inline wait_one(n) { if :: n == c || (which & (1 << n)) -> wait_for(n) :: else fi }
#endif
/* `ok` as a result: false = the entry is restarted */
inline locks_take(set, all)
{
    locks_drop();
    d_step { which = set; ok = true };
    if :: all -> lock_try(COLLECTOR); collects = ok :: else fi;
    EACH(try_one);
    if
    :: ok
    :: else ->
        release();
        lock_release(c);
        if :: all && !collects -> wait_for(COLLECTOR); collects = true :: else fi;
#ifdef WRONG_ORDER
        wait_for(c);
#endif
        EACH(wait_one);
        held = which & ~(1 << c);
        cpu_goes_on()
    fi;
    which = 0
}

/* ---- kernel entries ---- */
inline work() /* for the current thread: it must be there, and nobody else may be at work on what is locked */
{
    atomic { assert(!lost[c] && current[c] && !user[c] && taken[c]); works[c] = true }
}
inline send() /* syscall, locks_take */
{
    do
    :: to = home;
        if :: to == c || (held & (1 << to)) -> break :: else fi;
        if
        :: held == 0 -> locks_take(1 << to, false)
        :: else -> locks_take((1 << CPUS) - 1, true)
        fi;
        if :: ok :: else -> break fi
#ifdef NO_LOOK_AGAIN
        ; break
#endif
    od;
    if
    :: ok ->
        atomic {
            assert(!lost[c] && current[c] && !user[c] && taken[c]);
            assert(home == c || ((held & (1 << home)) && !works[home] && !executes[home]));
            to = 0
        }
    :: else
    fi
}
inline take_away() /* an operation on a thread of another CPU: thread_migrate, op_ex_regs, ... */
{
    locks_take((1 << CPUS) - 1, true);
    if
    :: ok ->
        work();
        atomic { EACH(not_at_work); home = (home + 1) % CPUS; to = (c + 1) % CPUS };
#if CPUS == 3
        if :: true :: to = (c + 2) % CPUS fi;
#endif
        if
        :: true ->
            cross_call(to);
            atomic { assert(!user[to] && stopped[to] && !current[to] && !executes[to]) }
        :: true
        fi;
        atomic { EACH(not_at_work); works[c] = false; to = 0 }
    :: else
    fi
}

active [CPUS] proctype cpu()
{
    byte c = _pid, to = 0, held = 0, which = 0;
    bool ok = false, collects = false;
    user[c] = true;
    do /* its program runs, until it calls the kernel or an interrupt comes */
    :: atomic { user[c] = false; lost[c] = false };
        local_lock();
        if
        :: ok /* an interrupt */
        :: ok && (SEND & (1 << c)) -> send()
        :: ok && (TAKE & (1 << c)) -> take_away()
        :: else
        fi;
        locks_drop(); /* exception_finish, sched_run */
        atomic { /* kernel_leave */
            assert(taken[c] && held == 0 && !collects);
            current[c] = true; to = 0; ok = false; user[c] = true;
            lock_release(c)
        }
    od
}

#ifdef LIVENESS
ltl nobody_waits_for_ever { [] (waits[0] -> <> !waits[0]) && [] (waits[1] -> <> !waits[1]) }
#endif
