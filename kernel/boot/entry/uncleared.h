// SPDX-License-Identifier: MIT
#pragma once

// A large array whose users write each part before they read it: start.S does not clear it, as
// every store is slow before the MMU and the caches are on.
#define UNCLEARED __attribute__((section(".bss.uncleared")))
