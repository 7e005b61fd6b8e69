// SPDX-License-Identifier: MIT
// The guest's calls for random numbers (True Random Number Generator Firmware Interface 1.0, DEN 0098).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

// Fast calls; owner 4, standard secure services.
#define SMCCC_TRNG_VERSION 0x84000050u
#define SMCCC_TRNG_FEATURES 0x84000051u
#define SMCCC_TRNG_GET_UUID 0x84000052u
#define SMCCC_TRNG_RND32 0x84000053u
#define SMCCC_TRNG_RND64 0xc4000053u
enum { TRNG_1_0 = 0x10000 };
enum { TRNG_SUCCESS = 0, TRNG_NOT_SUPPORTED = -1, TRNG_INVALID_PARAMETERS = -2, TRNG_NO_ENTROPY = -3 };

// Once, before the guest runs: the calls exist if the capability for random numbers is there.
void trng_init(void);

// Handles the call if `fn` is one of these that exist.
bool trng_call(struct vcpu *v, uint32_t fn);
