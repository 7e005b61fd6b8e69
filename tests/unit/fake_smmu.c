// SPDX-License-Identifier: MIT
#include "fake_smmu.h"
#include <check.h>
#include <l4/sys/err.h>
#include <string.h>

bool fake_smmu_on, fake_smmu_full;
struct space *fake_stream[FAKE_STREAMS];

void fake_smmu_reset(void)
{
    fake_smmu_on = fake_smmu_full = false;
    memset(fake_stream, 0, sizeof(fake_stream));
}

bool smmu_there(void)
{
    return fake_smmu_on;
}

int smmu_check(uint64_t source)
{
    if (!fake_smmu_on || source >> SMMU_STREAM_BITS)
        return -L4_EINVAL;
    return source < FAKE_STREAMS ? 0 : -L4_ERANGE;
}

int smmu_bind(uint64_t source, struct space *s)
{
    ck_assert_int_eq(smmu_check(source), 0);
    fake_stream[source] = fake_smmu_full ? NULL : s;
    s->device_vmid = 1;
    return fake_smmu_full ? -L4_ENOMEM : 0;
}

void smmu_unbind(uint64_t source)
{
    ck_assert_int_eq(smmu_check(source), 0);
    fake_stream[source] = NULL;
}

// The space is about to lose its tables.
void smmu_forget(struct space *s)
{
    for (unsigned i = 0; i < FAKE_STREAMS; i++)
        ck_assert_ptr_ne(fake_stream[i], s);
    s->device_vmid = 0;
}
