// SPDX-License-Identifier: MIT
// The tables of operations of all kernel objects, and who checks what they say. `operations document` and `operations header`
// print them.
#include "operations_print.h"
#include "ipc/invocation.h"
#include "object/factory.h"
#include "object/task.h"
#include "object/thread.h"
#include "sched/cpu.h"
#include "unit_run.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

struct quota quota_root;
struct cpu cpus[MAX_CPUS];
unsigned num_cpus, timer_irq, vtimer_irq, vgic_maintenance_irq, gic_num_irqs;
uint64_t vgic_gicv_phys;
struct gic_ops const *gic;
_Thread_local struct cpu *host_cpu;

enum { EMPTY, ARGUMENT, ALL_RIGHTS = CAP_W | CAP_S | CAP_OBJ1, WORDS = L4_UTCB_GENERIC_DATA_SIZE, RESULT = 77 };

static l4_utcb_t utcb;
static struct task task;
static struct thread caller = {.utcb = &utcb, .task = &task};
static struct object argument;
static struct cap_slot *slot;
static struct invocation in;
static unsigned runs;

static uint64_t record(struct invocation *i)
{
    ck_assert_ptr_eq(i, &in);
    runs++;
    return result_tag(RESULT, 0);
}

static void setup(void)
{
    static struct cap_mid mid;
    static struct cap_leaf leaf;
    task.caps.mid[0] = &mid;
    mid.leaf[0] = &leaf;
    slot = &leaf.slot[ARGUMENT];
    slot->obj = &argument;
    runs = 0;
}

// The lowest of the types.
static enum object_type one_of(unsigned types)
{
    return (enum object_type)__builtin_ctz(types);
}

static void put_item(unsigned words, uint64_t index, uint64_t control, uint64_t type)
{
    if (words + 2 > WORDS)
        return;
    utcb.msg.mr[words] = control;
    utcb.msg.mr[words + 1] = index << L4_CAP_SHIFT | type << L4_FPAGE_TYPE_SHIFT;
}

// What the checker says of a message that is good, but for what `spoil` does to it. The operation is one that only counts.
static int64_t outcome(struct operation const *table, unsigned words, uint32_t rights, unsigned items)
{
    struct operation op = *table;
    op.run = record;
    memset(&in, 0xee, sizeof(in));
    in.caller = &caller;
    in.obj = NULL;
    in.rights = rights;
    in.w[0] = utcb.msg.mr[0];
    in.tag = tag_make(0, words, items, 0);
    unsigned before = runs;
    uint64_t result = operation_run(&in, &op);
    int64_t label = result & L4_MSGTAG_ERROR ? (int64_t)utcb.tcr.error * 1000 : tag_label(result);
    ck_assert_int_eq(label == RESULT, runs == before + 1); // an error, or a run
    return label;
}

static void good_argument(struct operation const *op, unsigned words)
{
    utcb.msg.mr[0] = op->arg_if;
    argument.type = op->arg ? (uint8_t)one_of(op->arg) : 0;
    slot->rights = ALL_RIGHTS;
    put_item(words, ARGUMENT, L4_ITEM_MAP, L4_FPAGE_OBJ);
}

static int64_t good(struct operation const *op, unsigned words, uint32_t rights)
{
    good_argument(op, words);
    return outcome(op, words, rights, op->arg != 0);
}

static void check_words_and_rights(struct operation const *op)
{
    int64_t const too_short = op->errors & OP_SHORT_INVALID ? -L4_EINVAL : -L4_EMSGTOOSHORT;
    unsigned most = op->words.most + (op->arg ? 2u : 0) > WORDS ? WORDS - 2u : op->words.most;
    for (unsigned words = 0; words <= WORDS; words++) {
        int64_t want = words < op->words.least ? too_short : words > op->words.most ? -L4_EINVAL : RESULT;
        if (words <= most || words > op->words.most)
            ck_assert_int_eq(good(op, words, ALL_RIGHTS), want);
        for (unsigned bit = 1; bit <= ALL_RIGHTS; bit <<= 1) // the order of checks: words, rights, argument
            if (op->rights & bit)
                ck_assert_int_eq(good(op, words, ALL_RIGHTS & ~bit), want == RESULT ? -L4_EPERM : want);
    }
    for (unsigned bit = 1; bit <= ALL_RIGHTS; bit <<= 1)
        if (!(op->rights & bit))
            ck_assert_int_eq(good(op, op->words.least, ALL_RIGHTS & ~bit), RESULT);
    for (unsigned bit = 1; bit <= ALL_RIGHTS; bit <<= 1)
        if (op->rights & bit)
            ck_assert_int_eq(outcome(op, op->words.least, ALL_RIGHTS & ~bit, 0), -L4_EPERM);
}

static int64_t with_item(struct operation const *op, uint64_t index, uint64_t control, uint64_t type)
{
    good_argument(op, op->words.least);
    put_item(op->words.least, index, control, type);
    return outcome(op, op->words.least, ALL_RIGHTS, 1);
}

static void check_argument(struct operation const *op)
{
    unsigned words = op->words.least;
    good_argument(op, words);
    int64_t none = outcome(op, words, ALL_RIGHTS, 0);
    ck_assert_int_eq(none, op->flags & OP_ARG_OPTIONAL ? RESULT : op->errors & OP_NO_ITEM_SHORT ? -L4_EMSGTOOSHORT
                                                                                             : -L4_EINVAL);
    ck_assert_int_eq(with_item(op, ARGUMENT, L4_ITEM_MAP, L4_FPAGE_OBJ), RESULT);
    ck_assert_ptr_eq(in.arg, &argument);
    ck_assert_uint_eq(in.arg_rights, ALL_RIGHTS);
    ck_assert_int_eq(with_item(op, ARGUMENT, 0, L4_FPAGE_OBJ), -L4_EINVAL);
    ck_assert_int_eq(with_item(op, ARGUMENT, L4_ITEM_MAP, L4_FPAGE_MEMORY), L4_IPC_SEMSGCUT * 1000);
    ck_assert_int_eq(with_item(op, EMPTY, L4_ITEM_MAP, L4_FPAGE_OBJ), -L4_EINVAL);
    ck_assert_int_eq(with_item(op, 1 << L4_CAP_INDEX_BITS, L4_ITEM_MAP, L4_FPAGE_OBJ), -L4_EINVAL);
    for (unsigned type = 1; type < OBJ_TYPES; type++) {
        good_argument(op, words);
        argument.type = (uint8_t)type;
        ck_assert_int_eq(outcome(op, words, ALL_RIGHTS, 1), op->arg >> type & 1 ? RESULT : -L4_EINVAL);
    }
    for (unsigned bit = 1; bit <= ALL_RIGHTS; bit <<= 1) {
        good_argument(op, words);
        slot->rights = ALL_RIGHTS & ~bit;
        ck_assert_int_eq(outcome(op, words, ALL_RIGHTS, 1), op->arg_rights & bit ? -L4_EPERM : RESULT);
    }
    if (op->words.most == WORDS) { // an item that ends outside of the message
        good_argument(op, WORDS - 1);
        utcb.msg.mr[WORDS - 1] = L4_ITEM_MAP;
        utcb.reserved = ARGUMENT << L4_CAP_SHIFT | L4_FPAGE_OBJ << L4_FPAGE_TYPE_SHIFT;
        ck_assert_int_eq(outcome(op, WORDS - 1, ALL_RIGHTS, 1), -L4_EINVAL);
    }
    utcb.msg.mr[0] = 0;
    if (op->arg_if)
        ck_assert_int_eq(outcome(op, words, ALL_RIGHTS, 0), RESULT);
}

static void each(void (*check)(struct operation const *op))
{
    for (unsigned type = 1; type < OBJ_TYPES; type++)
        for (struct protocol const *p = object_ops[type]->protocols; p->operations; p++)
            for (unsigned n = 0; n < p->count; n++)
                if (p->operations[n].run)
                    check(&p->operations[n]);
    for (unsigned n = 0; n < FACTORY_KINDS; n++)
        if (factory_kinds[n].run)
            check(&factory_kinds[n]);
}

static void check_row(struct operation const *op)
{
    ck_assert_ptr_nonnull(op->name);
    check_words_and_rights(op);
    if (op->arg)
        check_argument(op);
}

START_TEST(checks)
{
    each(check_row);
    ck_assert_uint_gt(runs, 1000);
}
END_TEST

// What no table has today.
START_TEST(other_rows)
{
    static struct operation const rows[] = {
        {record, EXACTLY(4), CAP_S, .name = "exactly"},
        {record, {2, 5}, CAP_W | CAP_S, .errors = OP_NO_ITEM_SHORT, .arg = ARG_TASK, .arg_rights = CAP_W | CAP_S,
         .name = "range"},
        {record, AT_LEAST(3), CAP_S, .flags = OP_ARG_OPTIONAL, .arg = ARG_IRQ, .arg_rights = CAP_S, .name = "optional"},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        check_row(&rows[i]);
    ck_assert_int_eq(outcome(&rows[2], 1, ALL_RIGHTS, 0), RESULT);
    ck_assert_int_eq(outcome(&rows[2], 1, CAP_W, 0), -L4_EPERM);
}
END_TEST

static struct operation const *find(enum object_type type, int64_t label, unsigned words, uint64_t word)
{
    struct object o = {.type = (uint8_t)type};
    memset(&in, 0xee, sizeof(in));
    in.obj = &o;
    in.tag = tag_make(label, words, 0, 0);
    in.w[0] = word;
    struct operation const *first = operation_find_first(&o, in.tag, word), *op = operation_find(&in);
    ck_assert(!first || first == op);
    return op;
}

static int64_t error_of(struct operation const *op)
{
    ck_assert_ptr_null(op->name);
    ck_assert_uint_eq(op->locks, OP_LOCKS_NONE);
    in.rights = 0;
    return tag_label(operation_run(&in, op));
}

static void check_numbers(enum object_type type, struct protocol const *p)
{
    uint64_t const flags = p->op_mask & 1ull << 63 ? 0 : 1ull << 63;
    for (uint64_t n = 0; n < 0x300; n++) {
        struct operation const *op = find(type, p->label, 1, n | flags);
        uint64_t number = n & p->op_mask;
        if (number < p->count && p->operations[number].run)
            ck_assert_ptr_eq(op, &p->operations[number]);
        else
            ck_assert_int_eq(error_of(op), -L4_ENOSYS);
    }
    for (unsigned bit = 10; bit < 64; bit++)
        if (p->op_mask >> bit & 1)
            ck_assert_int_eq(error_of(find(type, p->label, 1, 1ull << bit)), -L4_ENOSYS);
    struct operation const *op = find(type, p->label, 0, 0);
    if (p->bare)
        ck_assert_ptr_eq(op, p->bare);
    else
        ck_assert_int_eq(error_of(op), object_ops[type]->bare_invalid ? -L4_EINVAL : -L4_EMSGTOOSHORT);
}

START_TEST(lookup)
{
    for (unsigned type = 1; type < OBJ_TYPES; type++) {
        struct protocol const *p = object_ops[type]->protocols;
        for (; p->operations; p++) {
            ck_assert(p < &object_ops[type]->protocols[MAX_PROTOCOLS]);
            check_numbers((enum object_type)type, p);
        }
        for (int64_t label = -40; label < 40; label++) {
            bool known = false;
            for (p = object_ops[type]->protocols; p->operations; p++)
                known |= p->label == label;
            if (known)
                continue;
            ck_assert_int_eq(error_of(find((enum object_type)type, label, 1, 0)), -L4_EBADPROTO);
            ck_assert_int_eq(error_of(find((enum object_type)type, label, 0, 0)),
                             object_ops[type]->bare_invalid ? -L4_EINVAL : -L4_EBADPROTO);
        }
    }
}
END_TEST

// A trigger has a way of its own (ipc/fast.c), which checks nothing.
START_TEST(trigger_needs_nothing)
{
    struct operation const *op = find(OBJ_IRQ, L4_PROTO_IRQ, 0, 0);
    ck_assert_str_eq(op->name, "trigger");
    ck_assert(!op->rights && !op->arg && !op->words.least);
    ck_assert_ptr_eq(op, find(OBJ_SEMAPHORE, L4_PROTO_IRQ, 0, 0));
}
END_TEST

extern char const reference_md_start[], reference_md_end[];

START_TEST(document_is_up_to_date)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    print_document(f);
    fclose(f);
    char *document = strndup(reference_md_start, (size_t)(reference_md_end - reference_md_start));
    char *table = strstr(document, "| object | label | op |");
    ck_assert_msg(table != NULL, "docs/reference.md has no table of operations");
    char *end = strstr(table, "\n\n");
    ck_assert_ptr_nonnull(end);
    end[1] = 0;
    ck_assert_msg(!strcmp(table, text), "docs/reference.md differs from what `make operations` prints:\n%s", text);
    free(document);
    free(text);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "document")) {
        print_document(stdout);
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "header")) {
        print_header(stdout);
        return 0;
    }
    Suite *s = suite_create("operations");
    TCase *t = tcase_create("tables");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, checks);
    tcase_add_test(t, other_rows);
    tcase_add_test(t, lookup);
    tcase_add_test(t, trigger_needs_nothing);
    tcase_add_test(t, document_is_up_to_date);
    suite_add_tcase(s, t);
    return unit_run(s);
}
