// SPDX-License-Identifier: MIT
// The scheduler object: places threads on CPUs with a priority.
#pragma once
#include "object/object.h"

extern struct object_ops const scheduler_ops;
struct object *scheduler_object(void);
