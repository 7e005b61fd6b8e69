// SPDX-License-Identifier: MIT
// L4Re's extension of POSIX threads.
#pragma once

#include <pthread.h>

L4_BEGIN_DECLS

// Capability of a thread, valid as long as it can be joined.
l4_cap_idx_t pthread_l4_cap(pthread_t thread);
#define pthread_getl4cap(thread) pthread_l4_cap(thread)

L4_END_DECLS
