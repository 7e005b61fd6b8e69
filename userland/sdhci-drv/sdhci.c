// SPDX-License-Identifier: MIT
#include "sdhci.h"

#include <string.h>

// SDHCI_STATUS
#define COMPLETE      (1u << 0)
#define TRANSFERRED   (1u << 1)
#define BUFFER_FREE   (1u << 4)
#define BUFFER_FULL    (1u << 5)
#define COMMAND_TIMED (1u << 16)
#define COMMAND_WRONG (7u << 17) // CRC, end bit, index
#define DATA_TIMED    (1u << 20)
#define DATA_WRONG    (3u << 21) // CRC, end bit
#define AUTO_WRONG    (1u << 24)
#define ERRORS        (COMMAND_TIMED | COMMAND_WRONG | DATA_TIMED | DATA_WRONG | AUTO_WRONG)
#define WANTED        (COMPLETE | TRANSFERRED | BUFFER_FREE | BUFFER_FULL | ERRORS)

enum { RESET_MS = 100, POWER_MS = 2, ABORT = 3 };

static bool wait_clear(struct sdhci *h, uint32_t bits)
{
    for (unsigned i = 0; sd_reg_read(h->regs, SDHCI_CLOCK) & bits; i++) {
        if (i == RESET_MS)
            return false;
        sd_pause_ms(1);
    }
    return true;
}

bool sdhci_reset(struct sdhci *h)
{
    h->now = NULL;
    sd_reg_write(h->regs, SDHCI_SIGNAL_ENABLE, 0);
    sd_reg_write(h->regs, SDHCI_CLOCK, sd_reg_read(h->regs, SDHCI_CLOCK) | SDHCI_RESET_ALL);
    if (!wait_clear(h, SDHCI_RESET_ALL))
        return false;
    h->kind->init(h);
    h->kind->clock(h, SDHCI_SLOW_HZ);
    sd_pause_ms(POWER_MS); // 74 clocks and a millisecond of power before the first command
    sd_reg_write(h->regs, SDHCI_STATUS_ENABLE, WANTED);
    sd_reg_write(h->regs, SDHCI_SIGNAL_ENABLE, WANTED);
    return true;
}

void sdhci_quiet(struct sdhci *h)
{
    sd_reg_write(h->regs, SDHCI_SIGNAL_ENABLE, 0);
}

bool sdhci_recover(struct sdhci *h)
{
    h->now = NULL;
    sd_reg_write(h->regs, SDHCI_CLOCK, sd_reg_read(h->regs, SDHCI_CLOCK) | SDHCI_RESET_LINES);
    return wait_clear(h, SDHCI_RESET_LINES);
}

// ---- a command ----

static uint32_t command_bits(struct sd_command const *c)
{
    // Kind of response, checks of its CRC and its index. The end of busy is not the controller's to tell (card.c asks the
    // card), but for written data.
    static uint8_t const flags[] = {
        [SD_NO_RESPONSE] = 0, [SD_R1] = 0x1a, [SD_R1B] = 0x1b, [SD_R2] = 0x09, [SD_R3] = 0x02, [SD_R6] = 0x1a, [SD_R7] = 0x1a,
    };
    uint32_t const stop = c->index == 12 ? ABORT << 6 : 0;
    return c->index << 8 | stop | (c->data ? 0x20u : 0) | flags[c->kind];
}

static uint32_t mode_bits(struct sd_command const *c)
{
    if (!c->data)
        return 0;
    return (c->write ? 0 : SDHCI_FROM_CARD) | (c->blocks > 1 ? SDHCI_COUNTED | SDHCI_MULTI | SDHCI_AUTO_CMD12 : 0);
}

bool sdhci_begin(struct sdhci *h, struct sd_command *c)
{
    uint32_t const busy = sd_reg_read(h->regs, SDHCI_PRESENT) & (SDHCI_COMMAND_BUSY | (c->data ? SDHCI_DATA_BUSY : 0));
    if (busy)
        return false;
    h->now = c;
    h->answered = h->ended = false;
    h->moved = 0;
    sd_reg_write(h->regs, SDHCI_STATUS, ~0u); // an end of busy of the command before may have come
    if (c->data)
        sd_reg_write(h->regs, SDHCI_BLOCK, c->blocks << 16 | SD_BLOCK);
    sd_reg_write(h->regs, SDHCI_ARGUMENT, c->argument);
    h->kind->command(h, command_bits(c), mode_bits(c));
    return true;
}

// The register gives bits 127 to 8 of an R2, lowest first.
static void read_response(struct sdhci *h, struct sd_command *c)
{
    uint32_t r[4];
    for (unsigned i = 0; i < 4; i++)
        r[i] = sd_reg_read(h->regs, SDHCI_RESPONSE + 4 * i);
    c->response[0] = r[0];
    for (unsigned i = 0; c->kind == SD_R2 && i < 4; i++)
        c->response[3 - i] = r[i] << 8 | (i ? r[i - 1] >> 24 : 0);
}

static void move_block(struct sdhci *h, struct sd_command *c)
{
    uint8_t *at = c->data + (size_t)h->moved * SD_BLOCK;
    uint32_t word;
    for (unsigned i = 0; i < SD_BLOCK; i += sizeof(word)) {
        if (c->write) {
            memcpy(&word, at + i, sizeof(word));
            sd_reg_write(h->regs, SDHCI_BUFFER, word);
        } else {
            word = sd_reg_read(h->regs, SDHCI_BUFFER);
            memcpy(at + i, &word, sizeof(word));
        }
    }
    h->moved++;
}

// The event comes when the buffer becomes ready, and may be of one that was moved meanwhile: its state counts.
static bool move_blocks(struct sdhci *h, struct sd_command *c)
{
    uint32_t const ready = c->write ? SDHCI_WRITE_ROOM : SDHCI_READ_DATA;
    unsigned const before = h->moved;
    while (h->moved < c->blocks && sd_reg_read(h->regs, SDHCI_PRESENT) & ready)
        move_block(h, c);
    return h->moved != before;
}

static enum sd_result error_of(uint32_t status)
{
    return status & (COMMAND_WRONG | DATA_WRONG | AUTO_WRONG) ? SD_DAMAGED : SD_NO_ANSWER;
}

// Has the command ended, with what the controller says now?
static bool take_status(struct sdhci *h, struct sd_command *c, uint32_t status, bool *progress)
{
    if (status & COMPLETE && !h->answered) {
        read_response(h, c);
        h->answered = true;
    }
    if (c->data && status & (c->write ? BUFFER_FREE : BUFFER_FULL))
        *progress |= move_blocks(h, c);
    h->ended |= !c->data || (status & TRANSFERRED && h->moved == c->blocks);
    return h->answered && h->ended;
}

enum sd_result sdhci_step(struct sdhci *h, bool *progress)
{
    struct sd_command *c = h->now;
    uint32_t status;
    *progress = false;
    // A controller gives two events for a command and one a block.
    for (unsigned i = 0; i < SD_BLOCKS_MAX + 4 && (status = sd_reg_read(h->regs, SDHCI_STATUS) & WANTED); i++) {
        sd_reg_write(h->regs, SDHCI_STATUS, status);
        if (!c)
            continue;
        if (status & ERRORS)
            return error_of(status);
        if (take_status(h, c, status, progress)) {
            h->now = NULL;
            return SD_OK;
        }
    }
    return SD_PENDING;
}
