// SPDX-License-Identifier: MIT
// Attacks on servers, and how they say what they found.
#pragma once

#include <stdbool.h>

// Ends the program with status 1 and a line that says which condition of the attack does not hold.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
void check(bool holds, char const *condition, char const *file, int line);

// Instead, the program ends with this status and without a line.
void check_quietly(int status);

// A driver's memory is taken away under the switch: ports `one` and `two`.
void attack_net(void);

// All that factory `rogue` gives is taken; then there must be something left at `other`.
void attack_ports(void);
void attack_consoles(void);

// No attacks, but the use of a server, `console`, `vbus` or `one` and `two`, until it is gone. The program ends with status 42
// then, with 43 if it was gone before it had answered.
void load_console(void);
void load_bus(void);
void load_net(void);

// Requests to a bus `vbus` that io could not configure.
void attack_bus(void);
