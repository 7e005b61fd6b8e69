// SPDX-License-Identifier: MIT
#include "object/icu.h"
#include <arch/gic.h>
#include <arch/index.h>
#include <arch/timer.h>
#include <arch/vgic.h>
#include "ipc/invocation.h"
#include "mem/kmem.h"
#include "object/platform_control.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { FIRST_PIN = 16 };

static struct object icu;
enum { MAX_RESERVED = 1 + 2 * BOOT_MAX_SMMU };
static struct {
    unsigned pin;
    void (*handler)(void);
} reserved[MAX_RESERVED];
static unsigned num_reserved;

static void line_mask(int32_t pin, bool mask)
{
    if (mask)
        gic->mask((unsigned)pin);
    else
        gic->unmask((unsigned)pin);
}

static uint32_t level_lines[1024 / 32]; // those that set_mode made level triggered

static bool line_set_level(int32_t pin, bool level)
{
    if (!gic->set_level((unsigned)pin, level))
        return false;
    uint32_t bit = 1u << (pin % 32);
    level_lines[pin / 32] = level ? level_lines[pin / 32] | bit : level_lines[pin / 32] & ~bit;
    return true;
}

static bool line_is_level(int32_t pin)
{
    return level_lines[pin / 32] >> (pin % 32) & 1;
}

static void line_set_cpu(int32_t pin, unsigned cpu)
{
    if (pin >= 32)
        gic->set_cpu((unsigned)pin, cpu);
}

static struct icu_pins lines = {
    .mask = line_mask, .set_level = line_set_level, .is_level = line_is_level, .set_cpu = line_set_cpu,
};

struct object *icu_object(void)
{
    if (!lines.slots) {
        lines.count = gic_num_irqs;
        lines.slots = kmem_alloc(&quota_root, lines.count * sizeof *lines.slots);
        if (!lines.slots)
            lines.count = 0;
        object_init(&icu, OBJ_ICU, 0);
        icu.immortal = true;
    }
    return &icu;
}

// NULL: it is nobody's, or a user's.
static void (*reserved_handler(uint64_t pin))(void)
{
    for (unsigned i = 0; i < num_reserved; i++)
        if (reserved[i].pin == pin)
            return reserved[i].handler;
    return NULL;
}

void icu_reserve(unsigned intid, bool level, void (*handler)(void))
{
    if (num_reserved == MAX_RESERVED || intid >= gic_num_irqs)
        return;
    reserved[num_reserved].pin = intid;
    reserved[num_reserved++].handler = handler;
    gic->set_level(intid, level);
    gic->set_cpu(intid, 0);
    gic->unmask(intid);
}

lock_set icu_locks(unsigned intid)
{
    struct irq *i = intid < lines.count ? lines.slots[intid] : 0;
    return i ? irq_locks(i) : LOCKS_ALL;
}

void icu_handle(unsigned intid, uint32_t ack)
{
    struct irq *i = intid < lines.count ? lines.slots[intid] : 0;
    void (*handler)(void) = i ? NULL : reserved_handler(intid);
    if (handler)
        handler();
    else if (!i)
        gic->mask(intid);
    else
        irq_handle(i); // masks a level line before the end of interrupt
    gic->eoi(ack);
}

void icu_unbind(struct irq *i)
{
    if (!i->pin_slot)
        return;
    if (i->pins->mask)
        i->pins->mask(i->pin, true);
    *i->pin_slot = 0;
    i->pin_slot = 0;
    irq_pin_changed(i);
    i->masked = true;
    i->masked_by_queue = false;
}

// Lines that the kernel itself lives on.
static bool kernel_line(uint64_t pin)
{
    return pin == timer_irq || pin == vtimer_irq || pin == vgic_maintenance_irq;
}

// NULL: a user may not have it. The caller uses *pin as it is then.
static struct irq **pin_slot(struct icu_pins const *p, uint64_t *pin)
{
    if (!index_below(pin, p->count))
        return 0;
    if (p == &lines && (*pin < FIRST_PIN || reserved_handler(*pin) || kernel_line(*pin)))
        return 0;
    return &p->slots[*pin];
}

static struct icu_pins const *pins_of(struct invocation const *in)
{
    return object_ops[in->obj->type]->pins;
}

static uint64_t op_bind(struct invocation *in)
{
    struct icu_pins const *p = pins_of(in);
    uint64_t pin = in->w[1];
    struct irq *i = irq_of(in->arg), **slot = pin_slot(p, &pin);
    if (!slot || (*slot && *slot != i))
        return result_tag(-L4_EINVAL, 0);
    icu_unbind(i);
    i->pin = (int32_t)pin;
    i->pin_slot = slot;
    i->pins = p;
    i->level = p->is_level && p->is_level(i->pin);
    i->masked = true;
    *slot = i;
    irq_pin_changed(i);
    if (p->set_cpu && i->thread)
        p->set_cpu(i->pin, i->thread->cpu->id);
    return result_tag(0, 0);
}

static uint64_t op_unbind(struct invocation *in)
{
    uint64_t pin = in->w[1];
    struct irq *i = irq_of(in->arg), **slot = pin_slot(pins_of(in), &pin);
    if (!slot || *slot != i)
        return result_tag(-L4_EINVAL, 0);
    icu_unbind(i);
    return result_tag(0, 0);
}

static uint64_t op_info(struct invocation *in)
{
    out_word(in, 0, 0);
    out_word(in, 1, pins_of(in)->count);
    out_word(in, 2, 0);
    return result_tag(0, 3);
}

static void pin_mask(struct invocation const *in, bool mask)
{
    struct icu_pins const *p = pins_of(in);
    uint64_t pin = in->w[1];
    struct irq **slot = pin_slot(p, &pin);
    if (!slot || !*slot)
        return;
    (*slot)->masked = mask;
    if (p->mask)
        p->mask((int32_t)pin, mask);
}

static uint64_t op_mask(struct invocation *in)
{
    pin_mask(in, true);
    return 0;
}

static uint64_t op_unmask(struct invocation *in)
{
    pin_mask(in, false);
    return 0;
}

static uint64_t op_set_mode(struct invocation *in)
{
    struct icu_pins const *p = pins_of(in);
    uint64_t pin = in->w[1], mode = in->w[2];
    struct irq **slot = pin_slot(p, &pin);
    if (!slot)
        return result_tag(-L4_EINVAL, 0);
    if (!(mode & L4_IRQ_F_SET_MODE))
        return result_tag(0, 0);
    bool level = mode & L4_IRQ_F_LEVEL;
    if ((mode & L4_IRQ_F_BOTH) || (p->set_level && !p->set_level((int32_t)pin, level)))
        return result_tag(-L4_EINVAL, 0);
    if (*slot)
        (*slot)->level = level;
    return result_tag(0, 0);
}

struct operation const icu_operations[ICU_OPERATIONS] = {
    [L4_ICU_BIND_OP] = {op_bind, AT_LEAST(2), .errors = OP_NO_ITEM_SHORT, .arg = ARG_IRQ, .arg_rights = CAP_W, .name = "bind"},
    [L4_ICU_UNBIND_OP] = {op_unbind, AT_LEAST(2), .errors = OP_NO_ITEM_SHORT, .arg = ARG_IRQ, .arg_rights = CAP_W,
                          .name = "unbind"},
    // The number of pins does not change.
    [L4_ICU_INFO_OP] = {op_info, AT_LEAST(1), .locks = OP_LOCKS_NONE, .name = "info"},
    [L4_ICU_UNMASK_OP] = {op_unmask, AT_LEAST(2), .flags = OP_NO_REPLY, .name = "unmask"},
    [L4_ICU_MASK_OP] = {op_mask, AT_LEAST(2), .flags = OP_NO_REPLY, .name = "mask"},
    [L4_ICU_SET_MODE_OP] = {op_set_mode, AT_LEAST(3), .name = "set_mode"},
};

static void icu_destroy(struct object *o)
{
    (void)o; // immortal
}

struct object_ops const icu_ops = {
    .protocols = {ICU_PROTOCOL, {.label = L4_PROTO_NONE, .op_mask = L4_PLATFORM_CTL_OPCODE_MASK,
                                 .count = PLATFORM_OPERATIONS, .operations = platform_operations}},
    .pins = &lines,
    .destroy = icu_destroy,
};
