// SPDX-License-Identifier: MIT
// The kernel's interrupt controller object: binds IRQ objects to interrupt lines. Its capability stands for
// platform control, too (platform_control.h).
#pragma once
#include "object/irq.h"
#include <ashlar/boot_info.h>

extern struct object_ops const icu_ops;
struct object *icu_object(void);

// Whose locks icu_handle() needs.
lock_set icu_locks(unsigned intid);
// An interrupt line has fired; `ack` is what the interrupt controller gave.
void icu_handle(unsigned intid, uint32_t ack);
// The kernel itself handles a line: console input, SMMUs. On CPU 0, under the global lock.
void icu_reserve(unsigned intid, bool level, void (*handler)(void));

// ICU protocol for objects with pins of their own (console, scheduler).
struct icu_pins {
    unsigned count;
    struct irq **slots; // count entries, NULL = free
    void (*mask)(int32_t pin, bool mask); // may be NULL
    bool (*set_level)(int32_t pin, bool level); // trigger type; may be NULL
    bool (*is_level)(int32_t pin); // the type that set_level gave, for objects bound later; may be NULL
    void (*set_cpu)(int32_t pin, unsigned cpu);  // may be NULL
};
// Takes an object off its pin.
void icu_unbind(struct irq *i);

// Operations of the objects that have pins (object_ops.pins).
enum { ICU_OPERATIONS = 7 };
extern struct operation const icu_operations[ICU_OPERATIONS];
#define ICU_PROTOCOL {L4_PROTO_IRQ, ~(uint64_t)0, ICU_OPERATIONS, icu_operations, NULL}
