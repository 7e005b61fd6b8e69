// SPDX-License-Identifier: MIT
// What an object says of itself over the Meta protocol (l4re-protocols 1).
#pragma once

#include <l4/srv/msg.h>

// Append the reply to `interface`: the protocol, and the name as C++ programs have it from the
// type: "L4::Factory" is sent as "N2L47FactoryE". class_name NULL: the empty name, as of a server
// that does not know it. A name of more than 100 letters sets out->err.
void msg_put_interface(struct msg_out *out, long proto, char const *class_name);
