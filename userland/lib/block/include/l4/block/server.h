// SPDX-License-Identifier: MIT
// The main program of a block server: options, partitions, clients. A driver brings its disks and its own options.
//
// Capability `svr`: the server end of a channel on which scripts make clients, create(0, "device=NAME", "ds-max=N",
// "read-only"); create(L4.Proto.Factory, n) makes a factory for n of them. Options --client CAP --device NAME [--ds-max N]
// [--readonly] serve a client on a channel of its own; -d CAP trusts a dataspace that is not moe's.
#pragma once

#include <getopt.h>

#include <l4/block/disk.h>
#include <l4/srv/server.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BLOCK_OPTION = 0x1000 }; // values of a driver's own options begin here

struct block_driver {
    char const *what;             // "disks of rom/ files": the first line says so
    struct option const *options; // its own, with values from BLOCK_OPTION on; ends with zeros
    bool (*option)(int value, char const *argument); // false: refused, with a message on stderr
    bool (*start)(struct srv *srv); // finds its disks, with block_add_disk() for each; false: none at all, with a message
};

// Serves. Returns an exit status when it cannot.
int block_main(struct block_driver const *driver, int argc, char **argv);

// A disk is there: reads its table of partitions and says what clients can have. Disks of wrong sizes and those with a refused
// table are left out, or without partitions, with a message. d stays the driver's.
void block_add_disk(struct disk *d);

#ifdef __cplusplus
}
#endif
