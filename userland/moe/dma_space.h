// SPDX-License-Identifier: MIT
// Managed DMA spaces (protocol 0x4008) and their manager: which addresses a device sees.
#pragma once

#include "object.h"

struct factory;

struct object *dma_space_create(struct factory *f);
struct object *dma_manager_create(void);
