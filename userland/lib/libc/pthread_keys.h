// SPDX-License-Identifier: MIT
#pragma once

// Calls the destructors of the calling thread's values.
void pthread_keys_end(void);
