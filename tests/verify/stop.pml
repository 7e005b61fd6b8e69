/* SPDX-License-Identifier: MIT
 * How a vCPU of uvmm gets hold of another one's list registers: vgic/own.c, and what vcpu/vcpu.c does for it. A step has the
 * name of the C function that it stands for; what is one step here is one access to shared memory there, in the order of
 * memory_order_seq_cst.
 *
 * Each vCPU does a few things, one after the other, and is switched off then: it goes into the guest, from which it comes when
 * it likes or when it is kicked; it sleeps until an event; it holds all others and works on their list registers; or it kicks
 * another one. What it works on must not be in the guest, and nobody waits for ever.
 *
 *   CPUS, ROUNDS
 *   LOOKS_FIRST, LATE_MODE, NO_WAKE, NO_KICK, SLEEPS_BLINDLY    mutations, each a mistake
 */
#ifndef CPUS
#define CPUS 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

/* struct vcpu */
#define VMM 0
#define ASLEEP 1
#define GUEST 2
byte mode[CPUS];
bool work[CPUS];
bool kick_irq[CPUS];   /* triggered, and its message not received */
byte others[CPUS];     /* the semaphore */
/* struct vgic */
bool lock;             /* that of the vGIC */
byte held[CPUS];
byte waiters[CPUS];    /* bit = CPU */

/* For the assertions: */
bool executes[CPUS];   /* guest code, with what is in its list registers */
bool owned[CPUS];      /* somebody works on them */

inline lock_acquire() { atomic { !lock -> lock = true } }
inline lock_release() { lock = false }

/* ---- vcpu.c ---- */
inline vcpu_kick(i)
{
    work[i] = true;
    if
    :: mode[i] != VMM -> kick_irq[i] = true
    :: else
    fi
}
inline vcpu_stop(i)
{
#ifdef LOOKS_FIRST
    out = mode[i] != GUEST;
    work[i] = true;
#else
    work[i] = true;
    out = mode[i] != GUEST;
#endif
    if
    :: !out -> kick_irq[i] = true
    :: else
    fi
}
inline sleep_until_kick()
{
    mode[c] = ASLEEP;
#ifndef SLEEPS_BLINDLY
    if
    :: work[c] -> skip
    :: else ->
#endif
        atomic { kick_irq[c] -> kick_irq[c] = false }
#ifndef SLEEPS_BLINDLY
    fi;
#endif
    mode[c] = VMM
}
inline sleep_until_event() /* the guest's WFI: a deadline, which comes at some time, or a kick */
{
    mode[c] = ASLEEP;
    if
    :: atomic { kick_irq[c] -> kick_irq[c] = false }
    :: true -> skip
    fi;
    mode[c] = VMM
}
inline vgic_sync()
{
    lock_acquire();
    i = 0;
    do
    :: i < CPUS ->
        if
        :: waiters[c] & (1 << i) ->
#ifndef NO_WAKE
            others[i]++
#else
            skip
#endif
        :: else
        fi;
        i++
    :: else -> break
    od;
    waiters[c] = 0;
    assert(!owned[c]);
    lock_release()
}
inline sync_if_needed()
{
    do
    :: work[c] ->
        work[c] = false;
        vgic_sync();
        if
        :: held[c] > 0 ->
            sleep_until_kick();
            work[c] = true
        :: else
        fi
    :: else -> break
    od
}
inline enter_guest()
{
#ifdef LATE_MODE
    skip;
    sync_if_needed();
    mode[c] = GUEST;
#else
    mode[c] = GUEST;
    do /* prepare_to_leave() */
    :: work[c] -> mode[c] = VMM; sync_if_needed(); mode[c] = GUEST
    :: else -> break
    od;
#endif
    atomic { /* the kernel's resume: a message that waits comes before the guest */
        if
        :: kick_irq[c] -> kick_irq[c] = false
        :: else -> executes[c] = true; assert(!owned[c])
        fi
    }
    if
    :: executes[c] ->
        atomic {
            if
            :: kick_irq[c] -> kick_irq[c] = false
            :: true -> skip /* an exit */
            fi;
            executes[c] = false
        }
    :: else
    fi;
    mode[c] = VMM
}

/* ---- own.c ---- */
inline vgic_own_all()
{
    lock_acquire();
    wait = 0;
    o = 0;
    do
    :: o < CPUS && o != c ->
        held[o]++;
        vcpu_stop(o);
        if
        :: !out -> waiters[o] = waiters[o] | (1 << c); wait++
        :: else
        fi;
        o++
    :: o < CPUS && o == c -> o++
    :: else -> break
    od;
    if
    :: wait > 0 ->
        lock_release();
        do
        :: wait > 0 -> atomic { others[c] > 0 -> others[c]--; wait-- }
        :: else -> break
        od;
        lock_acquire()
    :: else
    fi
}
inline works()
{
    d_step { o = 0; do :: o < CPUS -> if :: o != c -> assert(!executes[o]); owned[o] = true :: else fi; o++ :: else -> break od }
    d_step { o = 0; do :: o < CPUS -> if :: o != c -> assert(!executes[o]); owned[o] = false :: else fi; o++ :: else -> break od }
}
inline vgic_disown()
{
    o = 0;
    do
    :: o < CPUS && o != c ->
        held[o]--;
#ifndef NO_KICK
        if
        :: held[o] == 0 -> vcpu_kick(o)
        :: else
        fi;
#endif
        o++
    :: o < CPUS && o == c -> o++
    :: else -> break
    od;
    lock_release()
}

proctype vcpu(byte c)
{
    byte i, o, wait, round;
    bool out;
    do
    :: round < ROUNDS ->
        round++;
        if
        :: enter_guest()
        :: sync_if_needed(); sleep_until_event()
        :: vgic_own_all(); works(); vgic_disown()
        :: o = (c + 1) % CPUS; vcpu_kick(o)
        fi
    :: else -> break
    od;
    sync_if_needed(); /* vcpu_power_off() */
    assert(mode[c] == VMM)
}

init
{
    byte n;
    atomic {
        do
        :: n < CPUS -> run vcpu(n); n++
        :: else -> break
        od
    }
}
