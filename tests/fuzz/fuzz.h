// SPDX-License-Identifier: MIT
// What the files of the fuzzer share. main.c tells what there is.
#pragma once
#include "harness.h"

enum {
    PAGE = 4096,
    AREA_PAGES = 4,                 // what a client thread can write: state at the start, stack at the end
    CLIENTS = 64,
    LABEL_ROOT = 0x1000,            // messages from root to a prober
    LABEL_WATCH = 0x1004,
    KU_ORDER = 13,                  // UTCBs in the first page of a client task's kernel-user memory, vCPU areas in the second
    UTCB_PROBER = 3,
};
#define WINDOW   (1ul << 38)        // where fuzzed memory lies in client tasks
#define FAULT    0xfa17fa17fa17fa17ul
#define MAGIC    0x7a6e000000000000ul // + number of a page: the first word of a page that somebody may reach or not
#define SLOT(n)  ((l4_cap_idx_t)(n) << L4_CAP_SHIFT)
#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

// Slots of root, by use; all fixed, so that their tables do not come and go.
enum { SLOT_CLIENT = 0x4000, SLOT_WORLD = 0x5000, SLOT_CHAOS = 0x6000, SLOT_SCRATCH = 0x7000 };

// ---- random numbers ----

struct rng {
    uint64_t s;
};

static inline uint64_t rnd(struct rng *r)
{
    uint64_t s = r->s;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    r->s = s;
    return s * 0x2545f4914f6cdd1dul >> 8;
}

static inline unsigned below(struct rng *r, unsigned n)
{
    return (unsigned)(rnd(r) % n);
}

// ---- findings (main.c) ----

extern uint64_t seed;
extern unsigned round_number;
extern unsigned volatile findings;
extern bool volatile stop;

struct line {
    char text[400];
    unsigned len;
};
void line_add(struct line *l, char const *s);
void line_num(struct line *l, uint64_t n, unsigned base);
void line_end(struct line *l); // prints it with a line feed
// Reports "who: what, got A, expected B" with seed and round.
void finding(char const *who, char const *what, uint64_t got, uint64_t expected);

// ---- client threads (supervisor.c): probers and hostile threads in other tasks ----

enum client_kind { CLIENT_PROBER, CLIENT_CHAOS };

struct client {
    enum client_kind kind;
    bool used;
    char *area;
    void (*loop)(void *);
    l4_addr_t utcb;
    uint64_t exceptions;
};
extern struct client client[CLIENTS];

void supervisor_start(void);
// The gate over which the supervisor answers faults of a client, in root's slots.
l4_cap_idx_t client_gate(unsigned n);
// Makes a thread that runs `loop(area)` in `task`; its pager is what root's gate was put into `pager_slot`.
struct client_thread {
    enum client_kind kind;
    l4_cap_idx_t thread, factory, task;
    unsigned pager_slot;
    unsigned utcb; // its number in the task's UTCB area
    void (*loop)(void *);
    unsigned prio, cpu;
};
bool client_start(unsigned n, struct client_thread t);
l4_addr_t client_sp(unsigned n);

static inline l4_msgtag_t map_cap(l4_cap_idx_t task, unsigned slot, l4_cap_idx_t cap, unsigned rights)
{
    return l4_task_map(task, L4_BASE_TASK_CAP, l4_obj_fpage(cap, 0, rights), l4_map_obj_control(SLOT(slot), 0));
}

// ---- probers (prober.c): touch what they are told to ----

enum probe_kind { PROBE_LOAD, PROBE_STORE, PROBE_EXEC, PROBE_KINDS };
enum { PROBES = 48, EXEC_OFFSET = 0x100, EXEC_VALUE = 0x5afe0000 };

struct probe {
    uint64_t kind, addr, value, result; // value: what a store writes, 64 + 8 * (value & 7) bytes behind addr
};

struct message { // what a prober sends, or is ready to take
    uint64_t dest, tag, mr[12];
};

struct prober { // at the start of its area
    uint64_t magic;
    uint64_t count, send;
    uint64_t bdr, br[4]; // for the next wait
    struct message out;
    uint64_t volatile ready, go, done; // to watch probe[0] without a system call in between
    uint64_t got_tag, got_mr[12], got_label, result, error; // of the last message from another one
    struct probe probe[PROBES];
};

void prober_loop(void *area);
// Lets it do what its area says; false when it does not answer.
bool prober_run(l4_cap_idx_t thread);
uint64_t probe_load(uint64_t addr);
uint64_t probe_store(uint64_t addr, uint64_t value);
uint64_t probe_exec(uint64_t addr);
extern char probe_begin[], probe_end[];

// ---- worlds: tasks whose memory and capabilities a model follows exactly (world.c, memory.c, caps.c) ----

enum {
    WORLDS = 4,
    TASKS = 4,     // 0: root's part of the world, else victims
    PAGES = 1024,  // of each task's window, 4 MiB
    SLOTS = 64,    // of each task's fuzzed capability slots
    OBJECTS = 64,
    VICTIM_SLOT = 0x100,
    NODES = TASKS * PAGES + 8,
};

struct node { // a page, 4 KiB or 2 MiB, of one task
    uint8_t used, task, super, rights;
    uint16_t page, phys;
    int16_t parent, child, next, prev;
};

struct slot {
    uint8_t object; // 0: empty, else its number
    uint8_t rights; // L4_CAP_FPAGE_*
    bool server, weak;
};

struct object {
    uint8_t kind;
    uint8_t counted; // slots
};

struct call { // what a world did last, for the report
    char const *name;
    uint64_t word[8];
};

struct world {
    unsigned id;
    struct call call[4]; // a ring
    unsigned num_calls;
    char name[8];
    struct rng rng;
    uint64_t calls, probes;
    char *pool;                         // root's pages
    l4_cap_idx_t factory, task[TASKS], weak_task[TASKS], odd_task[TASKS], thread[TASKS], scratch;
    struct prober *prober[TASKS];
    struct node node[NODES];
    int16_t grid[TASKS][PAGES], free_nodes[NODES];
    unsigned num_free;
    struct slot slot[TASKS][SLOTS];
    struct object object[OBJECTS];
};

bool world_create(struct world *w);
void world_run(struct world *w); // until `stop`
// Priority of drivers and their probers, this round.
unsigned world_prio(void);
void world_delete(struct world *w);
l4_addr_t world_addr(struct world *w, unsigned task, unsigned page);
l4_cap_idx_t world_slot(struct world *w, unsigned task, unsigned slot);
void world_note(struct world *w, struct call c);
bool world_fault(struct world *w, char const *what, uint64_t got, uint64_t expected); // a finding; false

void memory_init(struct world *w);
bool memory_step(struct world *w);
bool memory_sweep(struct world *w);
void caps_init(struct world *w);
bool caps_step(struct world *w);
bool caps_sweep(struct world *w);

// ---- hostile tasks (chaos.c; chaos_calls.c is what runs in them) ----

enum {
    GROUPS = 2,
    CHAOS_TASKS = 2, // of a group
    CHAOS_THREADS = 3,
    CHAOS_PAGES = 8, // each of: read and write, read only; of a group
    // their slots
    C_TASK = 1, C_FACTORY = 2, C_JAIL = 3, C_OTHER = 6, C_VM = 7, C_THREAD = 8, C_GATE = 0x18, C_IRQ = 0x1c, C_SEM = 0x1e,
    C_READ_ONLY = 0x1f,
    C_FREE = 0x20, C_SLOTS = 0x40, C_PAGER = 0x70, C_PROBER_PAGER = 0x78, C_SPARE = 0x7f,
};

struct hostile { // at the start of its area
    uint64_t magic;
    struct rng rng;
    uint64_t volatile calls;
    uint64_t scribbler, vcpu;
    uint64_t ku_mem;
};

void chaos_loop(void *area);
void chaos_entry(void);
extern char guest_code[], guest_code_end[];
enum { CHAOS_QUOTA = 2 << 20, JAIL_QUOTA = 128 << 10, CHAOS_PRIO = 7, CHAOS_PRIOS = 3 };
// Factories for tasks are there, this round.
bool chaos_has_jails(void);
bool chaos_create(void);
// One operation from outside on the hostile threads.
void chaos_mix(struct rng *r);
void chaos_stop(void); // ends their threads
// Then: what can their tasks reach?
void chaos_check(void);
void chaos_delete(void);
uint64_t chaos_calls(void);

// ---- accounts (accounts.c) ----

// Bytes of quota that are left in a factory.
uint64_t quota_left(l4_cap_idx_t factory);
// Bytes of the kernel's heap that can be had.
uint64_t memory_left(void);
