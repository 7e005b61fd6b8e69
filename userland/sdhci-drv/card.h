// SPDX-License-Identifier: MIT
// The card behind a controller: is identified, reads and writes blocks, and is identified anew when it has failed ("SD Physical
// Layer Simplified Specification" 3.01). Logic without waiting: sd_card_step() goes on, from interrupts and at `wake`.
//
// A transfer that fails is tried again, if need be after the card has been identified anew; then it is an error. A card that
// does not answer is looked for again and again; another one than the first is not used, for it is not what clients know.
#pragma once

#include "csd.h"
#include "sdhci.h"

enum sd_state {
    SD_ABSENT, // nothing to be used, until `pause`
    SD_READY,  // for a transfer
    // Identification
    SD_GO_IDLE, SD_IF_COND, SD_APP_OP, SD_OP_COND, SD_CID, SD_RCA, SD_CSD, SD_SELECT, SD_SELECTED, SD_LENGTH, SD_APP_WIDTH,
    SD_WIDTH,
    // A transfer: its data, a write's end; how to stop one that failed
    SD_TRANSFER, SD_WRITTEN, SD_STOP, SD_STOPPED,
    SD_STATES,
};

struct sd_card {
    struct sdhci host;     // regs and kind are the caller's to fill in
    void (*ended)(struct sd_card *c, bool ok); // of a transfer. Both may call nothing of this
    void (*changed)(struct sd_card *c);        // it was identified, or why != NULL
    enum sd_state state;
    uint64_t wake;         // us: when sd_card_step() is to be called if nothing happens before; 0: not at all
    char const *why;       // SD_ABSENT: what is wrong with it
    // The card
    bool known;            // the rest of this is of the first one, for good
    uint32_t cid[4];
    struct sd_card_info info;
    // private
    struct sd_command command;
    bool begun;
    uint64_t deadline, pause, until; // of the command, before the next one, of what is asked again and again
    bool second, blocks;   // version 2 or later; it counts in blocks
    uint32_t rca;
    bool transfer;         // there is one
    unsigned tries;
    bool write;
    uint64_t sector;
    unsigned count;
    uint8_t *data;
};

// A command, the data of one block, the busy time of one write; what is asked again and again has as much time. Between two
// looks for a card that is not there.
#define SD_COMMAND_US 1000000ull
#define SD_DATA_US    3000000ull
#define SD_ABSENT_US  2000000ull
enum { SD_TRIES = 3 };

// Begins to identify it.
void sd_card_start(struct sd_card *c, uint64_t now);

// Goes on. *now is the time in us.
void sd_card_step(struct sd_card *c, uint64_t now);

// Reads or writes `count` sectors, 1 to SD_BLOCKS_MAX. The state is SD_READY and there is no other one; ended() may be called
// before this returns.
void sd_card_transfer(struct sd_card *c, bool write, uint64_t sector, unsigned count, uint8_t *data, uint64_t now);
