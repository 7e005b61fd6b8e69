/* SPDX-License-Identifier: MIT
 * How the message of an interrupt reaches a vCPU whose guest may run on another CPU: ipc_send_irq() and ipc_vcpu_interrupt()
 * (kernel/ipc/ipc.c), choose() and goes_on() (kernel/sched/sched.c). The sender does not wait for that CPU: it queues the
 * message and kicks. A step has the name of the C function that it stands for. Locks are held as there; how they are taken is
 * what locks.pml is about, and here all that an entry waits for come at once. What a CPU chooses under its lock is one step.
 *
 * There is one vCPU, and on each CPU an idler and a rival, a thread that is more urgent than the vCPU and mostly waits. Idlers
 * and rivals send to the vCPU, wake rivals, and move the vCPU to another CPU. The guest leaves by itself now and then. It may
 * have asked to hear of preemptions (L4_VCPU_F_PREEMPTION), and its handler's address space may be without a VMID at first.
 *
 * When all is over, the handler has got each message, and none twice. Nobody delivers to the vCPU while its guest executes.
 *
 *   CPUS, SENDS, WAKES, MOVES, EXITS: how many
 *   NO_KICK, KICKS_FIRST, NO_LOOK_IN_CHOOSE, NO_LOOK_IN_GOES_ON, NO_LOOK_AT_RESUME, ACKNOWLEDGES_LATE, DELIVERS_ELSEWHERE,
 *   ONLY_OWN_LOCK, NO_LOOK_AGAIN, NOT_DEQUEUED    mutations, each a mistake
 */
#ifndef CPUS
#define CPUS 2
#endif
#ifndef SENDS
#define SENDS 2
#endif
#ifndef WAKES
#define WAKES 1
#endif
#ifndef MOVES
#define MOVES 1
#endif
#ifndef EXITS
#define EXITS 1
#endif
#define LINES 2 /* IRQ objects */
#define NONE 255

/* struct cpu */
#define NOBODY 0
#define IDLER 1
#define RIVAL 2
#define VCPU 3
byte current[CPUS];
bool lock[CPUS];
bool need_resched[CPUS];
bool stopped[CPUS];    /* in the kernel without its lock, its user's registers saved */
bool restarted[CPUS];
bool ipi[CPUS];        /* pending */
bool rival[CPUS];      /* its rival is ready */
/* struct thread, of the vCPU, which is always ready */
byte home;
bool user_mode;        /* with L4_VCPU_F_IRQ, which its handler has not */
bool queued[LINES];    /* the message is one of its senders */
bool asks;             /* L4_VCPU_F_PREEMPTION */
bool vmid;             /* its handler's address space has one */
/* its area */
bool told;             /* of a message; the handler has not looked yet */
byte label;

byte sends, wakes, moves, exits; /* done */

/* For the assertions: */
bool executes[CPUS];   /* the guest, with the vCPU's registers */
byte sent[LINES];      /* what comes while one is queued is the same message */
byte heard[LINES];

#define both_free(h) (!lock[c] && !lock[h])
#if CPUS == 2
#define all_free (!lock[0] && !lock[1])
#else
#define all_free (!lock[0] && !lock[1] && !lock[2])
#endif
#define message_waits (queued[0] || queued[1])

/* ---- kernel entries: exception.c, lock_set.c ---- */

inline local_lock()
{
    atomic { executes[c] = false; stopped[c] = true };
    atomic { !lock[c] -> lock[c] = true; stopped[c] = false }
}
inline lock_all(on)
{
    o = 0;
    do :: o < CPUS -> lock[o] = on; o++ :: else -> break od;
    lock[c] = true
}
inline global_lock()
{
    atomic { lock[c] = false; stopped[c] = true };
    atomic { all_free -> lock_all(true); stopped[c] = false }
}
inline locks_drop() /* all but its own; then, not before, the CPU that was kicked is interrupted */
{
    d_step {
        if
        :: holds_all -> lock_all(false)
        :: !holds_all && h != c -> lock[h] = false
        :: else
        fi;
        holds_all = false;
        h = c
    };
    if
    :: kick != NONE -> ipi[kick] = true; kick = NONE
    :: else
    fi
}
inline cpu_kick(other)
{
    need_resched[other] = true;
    if
    :: other != c -> kick = other
    :: else
    fi
}

/* ---- ipc.c, vcpu.c ---- */

inline vcpu_ipc_delivered(which)
{
    d_step { /* others may have the registers in their hands */
        o = 0;
        do :: o < CPUS -> assert(!executes[o]); o++ :: else -> break od;
        assert(user_mode && !told);
        user_mode = false;
        told = true;
        label = which
    }
}
inline ipc_vcpu_interrupt()
{
    if
    :: message_waits ->
        l = (queued[0] -> 0 : 1);
#ifndef NOT_DEQUEUED
        queued[l] = false;
#endif
        vcpu_ipc_delivered(l)
    :: else
    fi
}
inline ipc_send_irq()
{
    if
    :: user_mode && (current[home] != VCPU || home == c) -> vcpu_ipc_delivered(l)
    :: user_mode && current[home] == VCPU && home != c ->
#ifdef DELIVERS_ELSEWHERE
        vcpu_ipc_delivered(l)
#else
#if !defined(NO_KICK) && !defined(KICKS_FIRST)
        cpu_kick(home);
#endif
        queued[l] = true
#endif
    :: !user_mode -> queued[l] = true
    fi
}
inline syscall_trigger()
{
    h = home;
#ifdef KICKS_FIRST
    if
    :: h != c -> need_resched[h] = true; ipi[h] = true
    :: else
    fi;
#endif
#ifdef ONLY_OWN_LOCK
    h = c;
#endif
    do
    :: h == c -> break /* nobody moves it meanwhile: that takes all locks */
    :: h != c && !lock[h] -> /* locks_try() */
        if
        :: atomic { !lock[h] -> lock[h] = true } -> break
        :: lock[h]
        fi
    :: h != c && lock[h] -> /* locks_take() */
        atomic { lock[c] = false; stopped[c] = true };
        atomic { both_free(h) -> lock[c] = true; lock[h] = true; stopped[c] = false };
#ifdef NO_LOOK_AGAIN
        break
#else
        if
        :: home == h -> break
        :: home != h -> lock[h] = false; h = home
        fi
#endif
    od;
    if
    :: queued[l]
    :: !queued[l] -> sent[l]++; ipc_send_irq()
    fi
}

/* ---- sched.c ---- */

inline vcpu_preempted()
{
    if
    :: user_mode && asks -> user_mode = false
    :: else
    fi
}
inline goes_on()
{
    if
    :: current[c] == VCPU && user_mode && message_waits && vmid ->
#ifndef NO_LOOK_IN_GOES_ON
        ipc_vcpu_interrupt()
#else
        skip
#endif
    :: current[c] == VCPU && user_mode && message_waits && !vmid -> /* gives up its CPU, for the global lock */
        current[c] = NOBODY;
        vcpu_preempted();
        global_lock();
        holds_all = true;
        vmid = true;
        again = true
    :: else
    fi
}
inline choose()
{
    again = true;
    do
    :: again ->
        again = false;
        need_resched[c] = false;
        best = (rival[c] -> RIVAL : (home == c -> VCPU : IDLER));
        if
        :: current[c] == best -> goes_on()
        :: current[c] != best && best == VCPU && !vmid && !holds_all ->
            global_lock();
            holds_all = true;
            vmid = true;
            again = true
        :: else ->
#ifndef NO_LOOK_IN_CHOOSE
            if
            :: best == VCPU && user_mode -> ipc_vcpu_interrupt()
            :: else
            fi;
#endif
            if
            :: current[c] == VCPU -> current[c] = best; vcpu_preempted()
            :: else -> current[c] = best
            fi
        fi
    :: else -> break
    od
}

/* ---- what the vCPU does ---- */

inline vcpu_resume()
{
    if
    :: told ->
        d_step { told = false; heard[label]++; assert(heard[label] <= sent[label]) }
    :: else
    fi;
    local_lock();
    if
    :: restarted[c]
    :: !restarted[c] && message_waits ->
#ifdef NO_LOOK_AT_RESUME
        user_mode = true
#else
        d_step { l = (queued[0] -> 0 : 1); queued[l] = false; told = true; label = l }
#endif
    :: !restarted[c] && !message_waits -> user_mode = true
    fi
}
inline guest_exit()
{
    local_lock();
    if
    :: restarted[c]
    :: !restarted[c] -> user_mode = false; fast = true /* guest_exit_fast(): leaves without a look at what else there is */
    fi
}

/* ---- what others do ---- */

inline irq_take()
{
    local_lock();
    need_resched[c] = true;
#ifdef ACKNOWLEDGES_LATE
    late = true
#else
    ipi[c] = false
#endif
}
inline trigger()
{
    local_lock();
    syscall_trigger()
}
inline wake_rival()
{
    local_lock();
    global_lock();
    holds_all = true;
    if
    :: rival[d]
    :: !rival[d] -> rival[d] = true; cpu_kick(d)
    fi
}
inline rival_waits()
{
    local_lock();
    rival[c] = false;
    current[c] = NOBODY
}
inline cpu_deschedule(other)
{
    if
    :: !stopped[other] -> ipi[other] = true
    :: else
    fi;
    stopped[other] -> current[other] = NOBODY;
    restarted[other] = true;
    need_resched[other] = true
}
inline thread_migrate()
{
    local_lock();
    global_lock();
    holds_all = true;
    if
    :: home == d
    :: home != d ->
        if
        :: current[home] == VCPU -> cpu_deschedule(home)
        :: else
        fi;
        home = d;
        if
        :: current[d] == IDLER || current[d] == NOBODY -> cpu_kick(d)
        :: else
        fi
    fi
}
inline some_cpu()
{
    d = 0;
    do
    :: d < CPUS - 1 -> d++
    :: break
    od
}

inline exception_finish()
{
    restarted[c] = false;
    if
    :: !fast && (need_resched[c] || current[c] == NOBODY) -> locks_drop(); atomic { choose() }
    :: else
    fi;
    locks_drop();
    atomic {
        assert(current[c] != NOBODY);
        executes[c] = current[c] == VCPU && user_mode;
        lock[c] = false;
        fast = false; l = 0; o = 0; d = 0; best = 0 /* fewer states */
    }
}

proctype cpu(byte c)
{
    byte h = c, d, l, o, best, kick = NONE;
    bool holds_all, again, fast;
#ifdef ACKNOWLEDGES_LATE
    bool late;
#endif
end_of_entry:
    if
    :: ipi[c] -> irq_take()
    :: current[c] == VCPU && !user_mode -> vcpu_resume()
    :: atomic { executes[c] && exits < EXITS -> exits++ } -> guest_exit()
    :: current[c] == RIVAL -> rival_waits()
    :: atomic { current[c] != VCPU && sends < SENDS -> l = sends % LINES; sends++ } -> trigger()
    :: atomic { current[c] != VCPU && wakes < WAKES -> wakes++; some_cpu() } -> wake_rival()
    :: atomic { current[c] != VCPU && moves < MOVES -> moves++; some_cpu() } -> thread_migrate()
    fi;
    exception_finish();
#ifdef ACKNOWLEDGES_LATE
    if
    :: late -> late = false; ipi[c] = false
    :: else
    fi;
#endif
    goto end_of_entry
}

init
{
    byte n;
    atomic {
        if :: asks = true :: asks = false fi;
        if :: vmid = true :: vmid = false fi;
        do
        :: n < CPUS -> current[n] = IDLER; n++
        :: else -> break
        od;
        home = 1;
        current[1] = VCPU;
        user_mode = true;
        executes[1] = true;
        n = 0;
        do
        :: n < CPUS -> run cpu(n); n++
        :: else -> break
        od
    };
    timeout -> /* nothing more happens: all have heard, and the guest goes on */
    assert(!told && heard[0] == sent[0] && heard[1] == sent[1])
}
