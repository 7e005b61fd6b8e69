// SPDX-License-Identifier: MIT
// SMMUv3: what translates the addresses that devices use, by the stage-2 tables of DMA spaces. (ARM IHI 0070)
//
// A device is known by its source: the number of its SMMU and that of its stream there. A stream that belongs to no space
// reaches nothing. All calls under the global lock, but for smmu_init().
#pragma once
#include <ashlar/boot_info.h>
#include <arch/stage2.h>
#include <stdbool.h>
#include <stdint.h>

enum { SMMU_STREAM_BITS = 32 }; // of a source: the stream; above them 16 bits, the SMMU by its place in the device tree

// Takes over all SMMUs that the device tree names: from then on no device behind them reaches memory. One that cannot do what
// is needed is left out, with a message. After kmem_init(), gic_init() and stage2_cpu_init().
void smmu_init(struct boot_info const *bi);
// Is there one?
bool smmu_there(void);
// 0, -L4_EINVAL: no such SMMU, -L4_ERANGE: no such stream.
int smmu_check(uint64_t source);
// The device of `source` (which smmu_check() accepts) reaches what is in the space, whatever it reached before.
// 0 or -L4_ENOMEM: it reaches nothing.
int smmu_bind(uint64_t source, struct space *s);
// It reaches nothing any more when this returns, nor is anything under way.
void smmu_unbind(uint64_t source);
// No device uses the space any more.
void smmu_forget(struct space *s);
// After a leaf or table pointer of a space that has been bound (device_vmid) changed; what was under
// way by the old one is over when this returns.
void smmu_flush_page(struct space *s, uint64_t addr);
void smmu_flush_space(struct space *s);
