// SPDX-License-Identifier: MIT
// Log objects (protocol -13): output of one client, with its tag and colour.
#pragma once

#include "log_format.h"
#include "object.h"

enum { LOG_COLOR_DEFAULT = 7 };

struct factory;

struct object *log_create(struct factory *f, char const *tag, unsigned color);
