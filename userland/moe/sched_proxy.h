// SPDX-License-Identifier: MIT
// Scheduler proxies (protocol -14): the kernel's scheduler, limited to some CPUs and priorities.
#pragma once

#include <stdint.h>
#include "object.h"

enum { SCHED_PRIO_MAX = 255 };

struct factory;

// A thread's priority becomes min(asked + base, limit). cpus: bit mask of allowed CPUs.
struct object *sched_proxy_create(struct factory *f, unsigned limit, unsigned base, uint64_t cpus);
