// SPDX-License-Identifier: MIT
// Constants of the kernel interface that need no types.
#pragma once

#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/fpage.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/abi/proto.h>
#include <l4/sys/abi/utcb.h>
