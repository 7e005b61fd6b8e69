// SPDX-License-Identifier: MIT
// Interrupts: a pin of the interrupt controller, a handler with a thread of its own, a thread that waits. The ones that come
// are triggered by the program itself.
#include <l4/irq/irq.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/irq.h>
#include <semaphore.h>

#include "../check.h"

enum { PIN = 140 }; // a shared interrupt that no device here has

static sem_t handled;

static void handler(void *data)
{
    ++*(int *)data;
    sem_post(&handled);
}

static l4_cap_idx_t new_irq(void)
{
    l4_cap_idx_t irq = l4re_util_cap_alloc();
    CHECK(l4_error(l4_factory_create_irq(l4re_env()->factory, irq)) == 0);
    return irq;
}

static void with_handler(void)
{
    int count = 0;
    l4_cap_idx_t cap = new_irq();
    l4irq_t *irq = l4irq_request_cap(cap, handler, &count, -1, L4_IRQ_F_NONE);
    CHECK(irq);
    for (int i = 1; i <= 5; i++) {
        CHECK(!l4_msgtag_has_error(l4_irq_trigger(cap)));
        CHECK(sem_wait(&handled) == 0);
        CHECK(count == i);
    }
    CHECK(l4irq_release(irq) == 0);
    CHECK(count == 5);
    l4re_util_cap_free_um(cap);
}

static void waiting(void)
{
    l4_cap_idx_t a = new_irq(), b = new_irq();
    l4irq_t *irq_a = l4irq_attach_cap(a), *irq_b = l4irq_attach_cap(b), *came = NULL;
    CHECK(irq_a && irq_b);
    l4_irq_trigger(a);
    CHECK(l4irq_wait(irq_a) == 0);
    CHECK(l4irq_unmask(irq_a) == 0);
    l4_irq_trigger(b);
    CHECK(l4irq_unmask_and_wait_any(irq_b, &came) == 0 && came == irq_b);
    CHECK(l4irq_detach(irq_a) == 0 && l4irq_detach(irq_b) == 0);
    CHECK(!l4irq_attach_cap_ft(a, L4_IRQ_F_LEVEL_HIGH)); // its pin is not ours to set
    l4re_util_cap_free_um(a);
    l4re_util_cap_free_um(b);
}

// Attached, taken, given back: the kernel lets go of it.
static void pins(void)
{
    l4_icu_info_t info;
    CHECK(l4_error(l4_icu_info(l4re_env_get_cap("icu"), &info)) >= 0);
    CHECK(PIN < info.nr_irqs);
    for (int i = 0; i < 2; i++) {
        l4irq_t *irq = l4irq_attach_ft(PIN, L4_IRQ_F_POS_EDGE);
        CHECK(irq);
        CHECK(l4irq_detach(irq) == 0);
    }
    CHECK(!l4irq_attach((int)info.nr_irqs));
}

int main(void)
{
    CHECK(sem_init(&handled, 0, 0) == 0);
    with_handler();
    waiting();
    pins();
    puts("interrupts: ok");
}
