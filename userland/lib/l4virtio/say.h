// SPDX-License-Identifier: MIT
// Messages about what a driver has done. It can bring them about as often as it likes: after some there is silence.
#pragma once

#include <l4/l4virtio/device.h>

// Prints "<name of the device>: text" and a newline, at most 128 characters of text.
void l4virtio_say(struct l4virtio_device *d, char const *fmt, ...) __attribute__((format(printf, 2, 3)));
