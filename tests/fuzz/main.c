// SPDX-License-Identifier: MIT
// The kernel fuzzer, as root task. In each round
// - driver threads, one a CPU, work each on a world of its own: victim tasks whose pages and capabilities an account
//   follows exactly, from the rules of the interface; probers in the victims touch the pages, and the kernel is asked for
//   the capabilities (memory.c, caps.c, world.c);
// - groups of hostile tasks do whatever they can think of, on every kind of object, while one of their threads scribbles
//   over the UTCBs and vCPU areas of the others (chaos_calls.c); a thread of root moves, stops, kills and revives them
//   (chaos.c). Afterwards probers in their tasks look whether they reach anything that they were never given;
// - in the end everything is deleted, and the kernel must have as much memory, and the factory as much quota, as before.
// A finding is printed with seed, round and what was expected; it ends the run.
#include "fuzz.h"
#include <l4/sys/kip.h>
#include <l4/sys/l4mod.h>
#include <l4/sys/platform_control.h>
#include <l4/sys/sigma0.h>

enum { DEFAULT_MS = 5000, DEFAULT_ROUND_MS = 400, FULL_ACCOUNT = 8, MAX_SHOWN = 5 };

uint64_t seed;
unsigned round_number;
unsigned volatile findings;
bool volatile stop;
int main(void);

static struct world worlds[WORLDS];
static unsigned num_worlds;
static uint64_t limit_ms, limit_calls, round_ms = DEFAULT_ROUND_MS;
extern char __executable_start[], end[];

// ---- output ----

void line_add(struct line *l, char const *s)
{
    while (*s && l->len < sizeof l->text - 2)
        l->text[l->len++] = *s++;
    l->text[l->len] = 0;
}

void line_num(struct line *l, uint64_t n, unsigned base)
{
    char buf[24];
    unsigned i = sizeof buf - 1;
    buf[i] = 0;
    do
        buf[--i] = "0123456789abcdef"[n % base];
    while (n /= base);
    line_add(l, base == 16 ? "0x" : "");
    line_add(l, buf + i);
}

void line_end(struct line *l)
{
    line_add(l, "\n");
    print(l->text);
}

void finding(char const *who, char const *what, uint64_t got, uint64_t expected)
{
    stop = true;
    if (__atomic_fetch_add(&findings, 1, __ATOMIC_RELAXED) >= MAX_SHOWN)
        return;
    struct line l = {.len = 0};
    line_add(&l, "FINDING ");
    line_add(&l, who);
    line_add(&l, ": ");
    line_add(&l, what);
    line_add(&l, ": got ");
    line_num(&l, got, 16);
    line_add(&l, ", expected ");
    line_num(&l, expected, 16);
    line_add(&l, "; seed=");
    line_num(&l, seed, 10);
    line_add(&l, " round ");
    line_num(&l, round_number, 10);
    line_add(&l, " CPUs ");
    line_num(&l, cpus_online(), 10);
    line_end(&l);
}

// ---- the command line ----

static void *from_sigma0(unsigned id)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = SIGMA0_REQ(id);
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    if (l4_error(l4_ipc_call(L4_BASE_PAGER_CAP, u, l4_msgtag(L4_PROTO_SIGMA0, 1, 0, 0), L4_IPC_NEVER)) < 0)
        return NULL;
    return (void *)l4_trunc_page(u->msg.mr[0]);
}

static char const *command_line(void)
{
    l4_kernel_info_t const *kip = from_sigma0(SIGMA0_REQ_ID_KIP);
    if (!kip || !kip->user_ptr)
        return "";
    l4util_l4mod_info const *info = (void *)kip->user_ptr;
    l4util_l4mod_mod const *mods = (void *)info->mods_addr;
    for (unsigned i = 0; i < info->mods_count; i++)
        if ((mods[i].flags & L4mod_mod_flag_mask) == L4mod_mod_flag_roottask)
            return (char const *)mods[i].cmdline;
    return "";
}

static bool option(char const *s, char const *name, uint64_t *value)
{
    while (*name)
        if (*s++ != *name++)
            return false;
    uint64_t n = 0;
    while (*s >= '0' && *s <= '9')
        n = n * 10 + (uint64_t)(*s++ - '0');
    *value = n;
    return true;
}

static void read_options(void)
{
    for (char const *s = command_line(); *s;) {
        while (*s && *s != ' ')
            s++;
        while (*s == ' ')
            s++;
        if (!option(s, "seed=", &seed) && !option(s, "ms=", &limit_ms) && !option(s, "calls=", &limit_calls))
            option(s, "round=", &round_ms);
    }
    if (!seed)
        seed = (now_us() * 0x9e3779b97f4a7c15 >> 20) | 1;
    if (!limit_ms && !limit_calls)
        limit_ms = DEFAULT_MS;
}

// ---- rounds ----

static unsigned volatile drivers_running;

static void drive(void *arg)
{
    world_run(arg);
    __atomic_fetch_sub(&drivers_running, 1, __ATOMIC_RELEASE);
    l4_sleep_forever();
}

static bool create_all(struct rng *r)
{
    bool good = true;
    for (unsigned i = 0; i < num_worlds; i++) {
        worlds[i].rng.s = rnd(r) | 1;
        good &= world_create(&worlds[i]);
    }
    return good && (chaos_create() || (finding("hostile tasks", "not created", 0, 0), false));
}

static void run_round(struct rng *r)
{
    l4_cap_idx_t driver[WORLDS];
    stop = false;
    drivers_running = num_worlds;
    for (unsigned i = 0; i < num_worlds; i++)
        driver[i] = thread_run(drive, &worlds[i], world_prio(), i);
    uint64_t until = now_us() + round_ms * 1000;
    while (!stop && now_us() < until) {
        chaos_mix(r);
        if (below(r, 8) == 0)
            l4_usleep(below(r, 3000));
    }
    stop = true;
    chaos_stop();
    if (!wait_value(&drivers_running, 0, 30000))
        finding("drivers", "do not come to their end, running", drivers_running, 0);
    for (unsigned i = 0; i < num_worlds; i++)
        thread_delete(driver[i]);
}

static struct account {
    uint64_t quota, memory;
} account;
static unsigned lost_jails, lost_factories, lost_by_words;

// Tasks that hold each other's capabilities, or their own, outlive everybody who could name them: capabilities are counted,
// and nobody looks for cycles. The factory that paid for them then stays as a whole, and that of what they hold. Hostile
// tasks get a small one for tasks, in some rounds; but by a scribbled word they may now and then use their other. What such a
// factory needs in its parent's quota may keep a page of small objects as well. Whether it was a cycle, holders.py says.
static bool only_cycles(uint64_t lost)
{
    unsigned factories = (unsigned)(lost / CHAOS_QUOTA);
    unsigned jails = (unsigned)(lost % CHAOS_QUOTA / JAIL_QUOTA);
    uint64_t rest = lost % CHAOS_QUOTA % JAIL_QUOTA;
    if (rest % PAGE || rest / PAGE > factories + jails || factories > GROUPS || jails > GROUPS)
        return false;
    lost_jails += jails;
    if (chaos_has_jails())
        lost_factories += factories;
    else
        lost_by_words += factories;
    return lost_by_words <= 1 + round_number / 64;
}

// Quota and memory are as they were; what was deleted last may still be on its way.
static void check_account(bool full)
{
    uint64_t until = now_us() + 3000000, left = quota_left(L4_BASE_FACTORY_CAP);
    while (left != account.quota && now_us() < until) {
        l4_usleep(20000);
        left = quota_left(L4_BASE_FACTORY_CAP);
    }
    if (left != account.quota) {
        if (left > account.quota || !only_cycles(account.quota - left))
            finding("accounts", "quota of the root factory", left, account.quota);
        account = (struct account){left, memory_left()};
        return;
    }
    if (!full || findings)
        return;
    uint64_t bytes = memory_left();
    if (bytes != account.memory)
        finding("accounts", "bytes that the kernel has left", bytes, account.memory);
}

static uint64_t all_calls(void)
{
    uint64_t n = chaos_calls();
    for (unsigned i = 0; i < num_worlds; i++)
        n += worlds[i].calls;
    return n;
}

static void report(char const *what)
{
    uint64_t probes = 0;
    struct line l = {.len = 0};
    for (unsigned i = 0; i < num_worlds; i++)
        probes += worlds[i].probes;
    line_add(&l, what);
    line_num(&l, round_number, 10);
    line_add(&l, " rounds, ");
    line_num(&l, all_calls(), 10);
    line_add(&l, " calls (");
    line_num(&l, chaos_calls(), 10);
    line_add(&l, " of them hostile), ");
    line_num(&l, probes, 10);
    line_add(&l, " accesses, ");
    line_num(&l, findings, 10);
    line_add(&l, " findings, ");
    line_num(&l, lost_jails + lost_factories + lost_by_words, 10);
    line_add(&l, " factories held by cycles, seed=");
    line_num(&l, seed, 10);
    line_end(&l);
}

// A round; the first is for what the kernel allocates once.
static void one_round(bool check, bool full)
{
    struct rng r = {(seed + round_number * 0x9e3779b97f4a7c15) | 1};
    for (unsigned i = 0; i < 4; i++)
        rnd(&r);
    if (create_all(&r))
        run_round(&r);
    if (findings) // as it is, for a debugger
        return;
    chaos_check();
    chaos_delete();
    for (unsigned i = 0; i < num_worlds; i++)
        world_delete(&worlds[i]);
    if (check && !findings)
        check_account(full);
}

static void prepare(void)
{
    for (char volatile *p = __executable_start; p < end; p += PAGE) // faults of root's own would cost quota later
        *p;
    for (unsigned i = SLOT_CLIENT; i <= SLOT_SCRATCH; i += 64) { // and tables of its slots
        map_cap(L4_BASE_TASK_CAP, i, L4_BASE_LOG_CAP, L4_CAP_FPAGE_RO);
        l4_task_release_cap(L4_BASE_TASK_CAP, SLOT(i));
    }
    num_worlds = cpus_online() < WORLDS ? cpus_online() : WORLDS;
    for (unsigned i = 0; i < num_worlds; i++) {
        worlds[i].id = i;
        worlds[i].name[0] = 'w';
        worlds[i].name[1] = (char)('0' + i);
        worlds[i].pool = ram_alloc(22);
        if (!worlds[i].pool)
            finding("world", "no memory", i, 0);
    }
    supervisor_start();
}

int main(void)
{
    read_options();
    main_place(MAIN_PRIO + 10, 0);
    struct line l = {.len = 0};
    line_add(&l, "fuzz: CPUs ");
    line_num(&l, cpus_online(), 10);
    line_add(&l, " seed=");
    line_num(&l, seed, 10);
    line_end(&l);
    prepare();
    one_round(false, false);
    memory_left(); // the second time all tables are there
    account = (struct account){quota_left(L4_BASE_FACTORY_CAP), memory_left()};
    uint64_t begin = now_us(), said = begin;
    bool more = !findings;
    while (more && !findings) {
        round_number++;
        more = limit_calls ? all_calls() < limit_calls : now_us() - begin < limit_ms * 1000;
        one_round(true, !more || round_number % FULL_ACCOUNT == 0);
        if (now_us() - said > 10000000) {
            said = now_us();
            report("fuzz: so far ");
        }
    }
    report("fuzz done: ");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}
