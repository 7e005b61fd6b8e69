// SPDX-License-Identifier: MIT
// A host controller and an SD card behind its registers, for drivers to fail with.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_SECTORS = 1024, MODEL_ALL = 0xff };

enum model_fault {
    MODEL_FINE,
    MODEL_SILENT,    // the controller never ends it
    MODEL_NO_ANSWER, // the card says nothing
    MODEL_CRC,       // of the response, or of the data if there are any
    MODEL_INDEX,     // another command's response
    MODEL_EARLY,     // the controller says that the data are through when they are not
    MODEL_REFUSED,   // the card's status has an error
    MODEL_PULLED,    // the card is gone, in the middle of its data if there are any
    MODEL_FLOOD,     // more blocks are ready than were asked for
};

struct model {
    bool usdhc;            // which controller
    bool stuck;            // it stays in a reset
    // The card
    bool inserted, old, standard, never_ready, locked, stays_busy; // old: before version 2; standard: counts in bytes
    unsigned rounds;       // until it is ready, and until it has written
    uint32_t cid[4], csd[4];
    uint8_t media[MODEL_SECTORS * 512];
    // What goes wrong: `times` times from the `after`th command of this index on
    unsigned fault_index, after, times;
    enum model_fault fault;
    // What the driver did
    char const *wrong;     // a rule that it broke
    unsigned resets, transfers, stops;
    bool wide;
    uint32_t hz;           // of the card's clock
};

extern struct model model;

// The controller is switched on, with a card of MODEL_SECTORS sectors as the flags say.
void model_init(struct model const *m);

// Does it ask for an interrupt?
bool model_interrupt(void);

// Raises an event that nobody waits for.
void model_stray(void);
