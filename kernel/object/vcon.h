// SPDX-License-Identifier: MIT
// The kernel's console as an object: what programs write goes to the console UART (debug/console.h), what is typed waits
// here until it is read.
#pragma once
#include "object/object.h"
#include <ashlar/boot_info.h>

extern struct object_ops const vcon_ops;
struct object *vcon_object(void);
// Starts input by interrupt.
void console_input_init(struct boot_info const *bi);
