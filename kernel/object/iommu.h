// SPDX-License-Identifier: MIT
// Which device belongs to which DMA space. A device is named by its source (arch/smmu.h).
#pragma once
#include "object/task.h"

extern struct object_ops const iommu_ops;
struct object *iommu_object(void);
// The devices of a DMA space that ends belong to nobody. False: stopped at a preemption point, to be called again.
bool iommu_space_gone(struct task *space);
