// SPDX-License-Identifier: MIT
// An SD host controller: gets one command at a time to the card, and its data by the CPU ("SD Host Controller Simplified
// Specification" 3.00). It is given no memory to read or write by itself.
//
// Nothing here waits for the card: sdhci_begin() starts a command, sdhci_step() goes on with it, from interrupts and timers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regs.h"

enum { SD_BLOCK = 512, SD_BLOCKS_MAX = 128 }; // bytes; of one command

enum sd_response { SD_NO_RESPONSE, SD_R1, SD_R1B, SD_R2, SD_R3, SD_R6, SD_R7 };

enum sd_result {
    SD_OK,
    SD_PENDING,
    SD_NO_ANSWER, // the card said nothing in its time
    SD_DAMAGED,   // a checksum, an index or an end bit was wrong
    SD_STUCK,     // the controller ended nothing
};

struct sd_command {
    unsigned index;
    enum sd_response kind;
    uint32_t argument;
    uint8_t *data;         // NULL: a command without data
    unsigned blocks;       // 1 to SD_BLOCKS_MAX; with more than 1 the controller ends the transfer by CMD12
    bool write;
    uint32_t response[4];  // [0] is the response, or bits 127 to 96 of an R2; no CRC in the last one
};

struct sdhci;

// What controllers of a kind do in their own way.
struct sdhci_kind {
    char const *compatible; // of a device tree
    uint32_t base_hz;       // the highest that the clock may be that is divided for the card, where no register tells
    void (*init)(struct sdhci *h); // after a reset
    void (*clock)(struct sdhci *h, uint32_t hz); // at most so fast
    void (*wide)(struct sdhci *h); // four data lines
    void (*command)(struct sdhci *h, uint32_t command, uint32_t mode); // bits 31 to 16 and 15 to 0 of SDHCI_COMMAND
};

extern struct sdhci_kind const sdhci_bcm2711, sdhci_bcm2835, sdhci_usdhc;

struct sdhci {
    struct sd_regs *regs;
    struct sdhci_kind const *kind;
    struct sd_command *now; // NULL: none under way
    bool answered, ended;   // the response is there; the data are through, and the card has left busy
    unsigned moved;         // blocks of it
};

enum { SDHCI_SLOW_HZ = 400000, SDHCI_FAST_HZ = 25000000 };

// Resets the controller and gives the card a slow clock, one data line and 3.3 V. False: it does not come out of the reset.
bool sdhci_reset(struct sdhci *h);

// It interrupts nobody any more.
void sdhci_quiet(struct sdhci *h);

// False: the lines are in use still. *c stays the controller's until its end or sdhci_recover().
bool sdhci_begin(struct sdhci *h, struct sd_command *c);

// What has become of the command. *progress: some of its data came or went.
enum sd_result sdhci_step(struct sdhci *h, bool *progress);

// Drops the command and frees the lines. False: they cannot be freed.
bool sdhci_recover(struct sdhci *h);

// ---- registers that all kinds have ----

enum sdhci_register {
    SDHCI_BLOCK = 0x04, // size, and count << 16
    SDHCI_ARGUMENT = 0x08,
    SDHCI_COMMAND = 0x0c,
    SDHCI_RESPONSE = 0x10,
    SDHCI_BUFFER = 0x20,
    SDHCI_PRESENT = 0x24,
    SDHCI_HOST = 0x28,
    SDHCI_CLOCK = 0x2c,
    SDHCI_STATUS = 0x30,
    SDHCI_STATUS_ENABLE = 0x34,
    SDHCI_SIGNAL_ENABLE = 0x38,
    SDHCI_CAPABILITIES = 0x40,
};

enum sdhci_mode { SDHCI_COUNTED = 1 << 1, SDHCI_AUTO_CMD12 = 1 << 2, SDHCI_FROM_CARD = 1 << 4, SDHCI_MULTI = 1 << 5 };

#define SDHCI_COMMAND_BUSY (1u << 0) // of SDHCI_PRESENT
#define SDHCI_DATA_BUSY    (1u << 1)
#define SDHCI_WRITE_ROOM   (1u << 10) // for a block
#define SDHCI_READ_DATA    (1u << 11) // a block
#define SDHCI_RESET_ALL    (1u << 24) // of SDHCI_CLOCK
#define SDHCI_RESET_LINES  (3u << 25)
#define SDHCI_TIMEOUT_MASK (0xfu << 16)
#define SDHCI_TIMEOUT_MAX  (0xeu << 16)
