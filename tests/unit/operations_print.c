// SPDX-License-Identifier: MIT
#include "operations_print.h"
#include "object/factory.h"
#include <l4/sys/consts.h>

struct printed_object const printed_objects[PRINTED_OBJECTS] = {
    {"factory", OBJ_FACTORY}, {"task", OBJ_TASK},           {"thread", OBJ_THREAD},
    {"gate", OBJ_GATE},       {"IRQ object", OBJ_IRQ},      {"semaphore", OBJ_SEMAPHORE},
    {"ICU", OBJ_ICU},         {"scheduler", OBJ_SCHEDULER}, {"vcon", OBJ_VCON},
    {"DMA space", OBJ_DMA_SPACE}, {"IOMMU", OBJ_IOMMU},
};

// ---- for the reader ----

static void print_rights(FILE *f, unsigned rights)
{
    if (rights & CAP_W)
        fputs(" W", f);
    if (rights & CAP_S)
        fputs(" S", f);
    if (rights & CAP_OBJ1)
        fputs(" server", f);
}

static void print_words(FILE *f, struct operation const *op)
{
    char const *invalid = op->errors & OP_SHORT_INVALID ? " (i)" : "";
    if (op->words.most == L4_UTCB_GENERIC_DATA_SIZE)
        fprintf(f, "%u%s", op->words.least, invalid);
    else if (op->words.most == op->words.least)
        fprintf(f, "= %u%s", op->words.least, invalid);
    else
        fprintf(f, "%u to %u%s", op->words.least, op->words.most, invalid);
}

static void print_argument(FILE *f, struct operation const *op)
{
    char const *before = "";
    for (unsigned i = 0; i < PRINTED_OBJECTS; i++) {
        if (!(op->arg >> printed_objects[i].type & 1))
            continue;
        fprintf(f, "%s%s", before, printed_objects[i].name);
        before = " or ";
    }
    if (op->arg_rights)
        fputs(" with", f);
    print_rights(f, op->arg_rights);
    if (op->arg_if)
        fprintf(f, ", if word 0 has %#x", op->arg_if);
    if (op->flags & OP_ARG_OPTIONAL)
        fputs(", or no item", f);
}

static void print_row(FILE *f, char const *object, int64_t label, char const *number, struct operation const *op)
{
    fprintf(f, "| %s | %ld | %s | %s | ", object, (long)label, number, op->name);
    print_words(f, op);
    fputs(" |", f);
    print_rights(f, op->rights);
    fputs(op->arg ? " | " : " |", f);
    print_argument(f, op);
    fputs(" |\n", f);
}

// The kinds of object that have these operations, if `type` is the first of them. False: another is.
static bool shared_by(enum object_type type, struct operation const *operations, char *names, size_t size)
{
    size_t used = 0;
    for (unsigned i = 0; i < PRINTED_OBJECTS; i++)
        for (struct protocol const *p = object_ops[printed_objects[i].type]->protocols; p->operations; p++) {
            if (p->operations != operations)
                continue;
            if (!used && printed_objects[i].type != type)
                return false;
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", printed_objects[i].name);
        }
    return true;
}

static void print_protocol(FILE *f, enum object_type type, struct protocol const *p)
{
    char names[80], number[24];
    if (!shared_by(type, p->operations, names, sizeof(names)))
        return;
    for (unsigned n = 0; n < p->count; n++) {
        snprintf(number, sizeof(number), p->op_mask ? "%#x" : "any", n);
        if (p->operations[n].run)
            print_row(f, names, p->label, number, &p->operations[n]);
    }
}

void print_document(FILE *f)
{
    fputs("| object | label | op | name | words | rights | argument |\n|---|---|---|---|---|---|---|\n", f);
    for (unsigned i = 0; i < PRINTED_OBJECTS; i++) {
        enum object_type type = printed_objects[i].type;
        for (struct protocol const *p = object_ops[type]->protocols; p->operations; p++)
            print_protocol(f, type, p);
        for (unsigned n = 0; type == OBJ_FACTORY && n < FACTORY_KINDS; n++) {
            char number[24];
            snprintf(number, sizeof(number), n ? "-%u" : "%u", n);
            if (factory_kinds[n].run)
                print_row(f, "factory, create", L4_PROTO_FACTORY, number, &factory_kinds[n]);
        }
    }
}

// ---- for the kernel test ----

static void print_entry(FILE *f, enum object_type type, int64_t label, int64_t number, struct operation const *op,
                        unsigned rights)
{
    fprintf(f, "{%u, %ld, %ld, %u, %u, %u, %u, %u, %u, %u, %u, %u, \"%s\"},\n", type, (long)label, (long)number,
            op->words.least, op->words.most, op->errors & OP_SHORT_INVALID, op->errors & OP_NO_ITEM_SHORT,
            op->flags & OP_ARG_OPTIONAL, rights, op->arg, op->arg_rights, op->arg_if, op->name);
}

void print_header(FILE *f)
{
    for (unsigned i = 0; i < PRINTED_OBJECTS; i++) {
        enum object_type type = printed_objects[i].type;
        struct protocol const *p = object_ops[type]->protocols;
        if (type == OBJ_FACTORY) {
            for (unsigned n = 0; n < FACTORY_KINDS; n++)
                if (factory_kinds[n].run)
                    print_entry(f, type, p->label, -(int64_t)n, &factory_kinds[n], p->operations[0].rights);
            continue;
        }
        for (; p->operations; p++)
            for (unsigned n = 0; n < p->count; n++)
                if (p->operations[n].run)
                    print_entry(f, type, p->label, n, &p->operations[n], p->operations[n].rights);
    }
}
