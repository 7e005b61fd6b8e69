// SPDX-License-Identifier: MIT
#include "card.h"

#include <string.h>

#define VOLTAGES      0x00ff8000u // 2.7 to 3.6 V, of an OCR
#define OCR_BLOCKS    (1u << 30)
#define OCR_READY     (1u << 31)
#define IF_COND       0x1aau     // 2.7 to 3.6 V, and a pattern that comes back
#define STATUS_ERRORS 0xfdf98008u // of an R1
#define STATUS_LOCKED (1u << 25)
#define STATUS_READY  (1u << 8)
#define POLL_US       1000ull
#define OP_COND_US    10000ull

enum { IF_COND_BITS = 12, CARD_TRAN = 4 }; // CARD_TRAN: state of an R1

static enum sd_state absent(struct sd_card *c, char const *why)
{
    c->why = why;
    return SD_ABSENT;
}

static enum sd_state not_sd(struct sd_card *c, enum sd_result r)
{
    return absent(c, r == SD_NO_ANSWER ? "there is no SD card" : r == SD_STUCK ? "its controller does not work"
                                                                               : "what it says arrives damaged");
}

// ---- identification: what comes of each command ----

static enum sd_state went_idle(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    return r == SD_OK ? SD_IF_COND : not_sd(c, r);
}

// Cards of before version 2 do not know the command.
static enum sd_state got_if_cond(struct sd_card *c, enum sd_result r, uint64_t now)
{
    c->second = r == SD_OK;
    c->until = now + SD_COMMAND_US;
    if (r == SD_OK && (c->command.response[0] ^ IF_COND) << (32 - IF_COND_BITS))
        return absent(c, "it does not work with 3.3 V");
    return r == SD_OK || r == SD_NO_ANSWER ? SD_APP_OP : not_sd(c, r);
}

// Its status may have an error of the command before.
static enum sd_state app_op(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    return r == SD_OK ? SD_OP_COND : not_sd(c, r);
}

static enum sd_state got_op_cond(struct sd_card *c, enum sd_result r, uint64_t now)
{
    uint32_t const ocr = c->command.response[0];
    if (r != SD_OK)
        return not_sd(c, r);
    if (!(ocr & VOLTAGES))
        return absent(c, "it does not work with 3.3 V");
    c->blocks = c->second && ocr & OCR_BLOCKS;
    c->pause = now + OP_COND_US;
    if (!(ocr & OCR_READY))
        return now < c->until ? SD_APP_OP : absent(c, "it does not become ready");
    c->pause = 0;
    return SD_CID;
}

static enum sd_state got_cid(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    if (r != SD_OK)
        return not_sd(c, r);
    if (c->known && memcmp(c->cid, c->command.response, sizeof(c->cid)))
        return absent(c, "another card is there than was at first");
    memcpy(c->cid, c->command.response, sizeof(c->cid));
    return SD_RCA;
}

static enum sd_state got_rca(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    c->rca = c->command.response[0] & 0xffff0000u;
    return r != SD_OK ? not_sd(c, r) : c->rca ? SD_CSD : absent(c, "it has no address");
}

static enum sd_state got_csd(struct sd_card *c, enum sd_result r, uint64_t now)
{
    struct sd_card_info info;
    (void)now;
    if (r != SD_OK)
        return not_sd(c, r);
    char const *wrong = sd_csd_read(c->command.response, c->blocks, &info);
    if (!wrong && c->known && info.sectors != c->info.sectors)
        wrong = "it has another size than at first";
    if (wrong)
        return absent(c, wrong);
    c->info = info;
    return SD_SELECT;
}

static enum sd_state selected(struct sd_card *c, enum sd_result r, uint64_t now)
{
    c->until = now + SD_DATA_US;
    if (r == SD_OK && c->command.response[0] & STATUS_LOCKED)
        return absent(c, "it is locked by a password");
    return r == SD_OK ? SD_SELECTED : not_sd(c, r);
}

// Has it left busy? SD_STATES: it has, else the state to go to.
static enum sd_state settled(struct sd_card *c, enum sd_state again, enum sd_state failed, uint64_t now)
{
    uint32_t const status = c->command.response[0];
    if ((status >> 9 & 0xf) == CARD_TRAN && status & STATUS_READY)
        return SD_STATES;
    c->pause = now + POLL_US;
    return now < c->until ? again : failed;
}

static enum sd_state is_selected(struct sd_card *c, enum sd_result r, uint64_t now)
{
    if (r != SD_OK)
        return not_sd(c, r);
    enum sd_state s = settled(c, SD_SELECTED, SD_STATES + 1, now);
    return s == SD_STATES ? SD_LENGTH : s == SD_SELECTED ? s : absent(c, "it stays busy");
}

static enum sd_state plain_answer(struct sd_card *c, enum sd_result r, enum sd_state next)
{
    if (r != SD_OK)
        return not_sd(c, r);
    return c->command.response[0] & STATUS_ERRORS ? absent(c, "it refuses a command") : next;
}

static enum sd_state got_length(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    return plain_answer(c, r, SD_APP_WIDTH);
}

static enum sd_state app_width(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    return plain_answer(c, r, SD_WIDTH);
}

static enum sd_state got_width(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)now;
    enum sd_state s = plain_answer(c, r, SD_READY);
    if (s != SD_READY)
        return s;
    c->host.kind->wide(&c->host);
    c->host.kind->clock(&c->host, SDHCI_FAST_HZ);
    c->known = true;
    c->why = NULL;
    return c->transfer ? SD_TRANSFER : SD_READY;
}

// ---- transfers ----

static enum sd_state end_transfer(struct sd_card *c, bool ok)
{
    c->transfer = false;
    c->ended(c, ok);
    return SD_READY;
}

static enum sd_state transferred(struct sd_card *c, enum sd_result r, uint64_t now)
{
    c->until = now + SD_DATA_US;
    if (r != SD_OK || c->command.response[0] & STATUS_ERRORS)
        return SD_STOP;
    return c->write ? SD_WRITTEN : end_transfer(c, true);
}

// The card keeps the errors of a write for who asks.
static enum sd_state is_written(struct sd_card *c, enum sd_result r, uint64_t now)
{
    if (r != SD_OK || c->command.response[0] & STATUS_ERRORS)
        return SD_STOP;
    enum sd_state s = settled(c, SD_WRITTEN, SD_STOP, now);
    return s == SD_STATES ? end_transfer(c, true) : s;
}

// A card that has nothing to stop does not answer.
static enum sd_state stopped(struct sd_card *c, enum sd_result r, uint64_t now)
{
    (void)r;
    c->until = now + SD_DATA_US;
    return SD_STOPPED;
}

static enum sd_state is_stopped(struct sd_card *c, enum sd_result r, uint64_t now)
{
    enum sd_state s = r == SD_OK ? settled(c, SD_STOPPED, SD_GO_IDLE, now) : SD_GO_IDLE;
    if (s == SD_STOPPED)
        return s;
    c->pause = 0;
    if (++c->tries < SD_TRIES)
        return s == SD_STATES ? SD_TRANSFER : SD_GO_IDLE;
    return s == SD_STATES ? end_transfer(c, false) : absent(c, "it does not answer any more");
}

// ---- the commands ----

static uint32_t op_cond_argument(struct sd_card const *c)
{
    return VOLTAGES | (c->second ? OCR_BLOCKS : 0);
}

static uint32_t if_cond_argument(struct sd_card const *c)
{
    (void)c;
    return IF_COND;
}

static uint32_t address(struct sd_card const *c)
{
    return c->rca;
}

static uint32_t block_length(struct sd_card const *c)
{
    (void)c;
    return SD_BLOCK;
}

static uint32_t four_lines(struct sd_card const *c)
{
    (void)c;
    return 2;
}

static struct {
    unsigned index;
    enum sd_response kind;
    uint32_t (*argument)(struct sd_card const *c);
    enum sd_state (*then)(struct sd_card *c, enum sd_result r, uint64_t now); // what comes of it: the next state
} const steps[SD_STATES] = {
    [SD_GO_IDLE] = { 0, SD_NO_RESPONSE, NULL, went_idle },
    [SD_IF_COND] = { 8, SD_R7, if_cond_argument, got_if_cond },
    [SD_APP_OP] = { 55, SD_R1, NULL, app_op },
    [SD_OP_COND] = { 41, SD_R3, op_cond_argument, got_op_cond },
    [SD_CID] = { 2, SD_R2, NULL, got_cid },
    [SD_RCA] = { 3, SD_R6, NULL, got_rca },
    [SD_CSD] = { 9, SD_R2, address, got_csd },
    [SD_SELECT] = { 7, SD_R1B, address, selected },
    [SD_SELECTED] = { 13, SD_R1, address, is_selected },
    [SD_LENGTH] = { 16, SD_R1, block_length, got_length },
    [SD_APP_WIDTH] = { 55, SD_R1, address, app_width },
    [SD_WIDTH] = { 6, SD_R1, four_lines, got_width },
    [SD_TRANSFER] = { 17, SD_R1, NULL, transferred },
    [SD_WRITTEN] = { 13, SD_R1, address, is_written },
    [SD_STOP] = { 12, SD_R1B, NULL, stopped },
    [SD_STOPPED] = { 13, SD_R1, address, is_stopped },
};

// Commands 17, 18, 24 and 25: read, write, with several blocks.
static void add_data(struct sd_card *c)
{
    struct sd_command *k = &c->command;
    k->index = (c->write ? 24u : 17u) + (c->count > 1 ? 1 : 0);
    k->argument = (uint32_t)(c->blocks ? c->sector : c->sector * SD_BLOCK);
    k->data = c->data;
    k->blocks = c->count;
    k->write = c->write;
}

// False: the controller is not to be had.
static bool enter(struct sd_card *c, uint64_t now)
{
    c->begun = false;
    c->deadline = now + SD_COMMAND_US;
    c->command = (struct sd_command){ .index = steps[c->state].index, .kind = steps[c->state].kind };
    if (steps[c->state].argument)
        c->command.argument = steps[c->state].argument(c);
    if (c->state == SD_TRANSFER)
        add_data(c);
    return c->state != SD_GO_IDLE || sdhci_reset(&c->host);
}

// ---- going on ----

static void go(struct sd_card *c, enum sd_state next, uint64_t now)
{
    enum sd_state const before = c->state;
    c->state = next;
    if (next > SD_READY && !enter(c, now))
        c->state = absent(c, "its controller does not come out of a reset");
    if (c->state == SD_ABSENT) {
        c->pause = now + SD_ABSENT_US;
        if (c->transfer) {
            c->transfer = false;
            c->ended(c, false);
        }
    }
    if (c->state == SD_ABSENT || before == SD_WIDTH)
        c->changed(c);
}

// What has become of the command: SD_PENDING until its time is over.
static enum sd_result look(struct sd_card *c, uint64_t now)
{
    bool progress = false;
    enum sd_result r = SD_PENDING;
    if (!c->begun && (c->begun = sdhci_begin(&c->host, &c->command)) && c->command.data)
        c->deadline = now + SD_DATA_US;
    if (c->begun)
        r = sdhci_step(&c->host, &progress);
    if (progress)
        c->deadline = now + SD_DATA_US;
    if (r == SD_PENDING && now >= c->deadline)
        r = SD_STUCK;
    if (r != SD_OK && r != SD_PENDING && !sdhci_recover(&c->host))
        r = SD_STUCK;
    return r;
}

void sd_card_step(struct sd_card *c, uint64_t now)
{
    bool progress;
    if (!c->host.now) // what nobody waits for keeps its interrupt up as well
        sdhci_step(&c->host, &progress);
    while (c->state != SD_READY) {
        c->wake = c->pause;
        if (now < c->pause)
            return;
        if (c->state == SD_ABSENT) {
            c->pause = 0;
            go(c, SD_GO_IDLE, now);
            continue;
        }
        enum sd_result r = look(c, now);
        c->wake = c->begun ? c->deadline : now + POLL_US;
        if (r == SD_PENDING)
            return;
        go(c, steps[c->state].then(c, r, now), now);
    }
    c->wake = 0;
}

void sd_card_start(struct sd_card *c, uint64_t now)
{
    go(c, SD_GO_IDLE, now);
    sd_card_step(c, now);
}

void sd_card_transfer(struct sd_card *c, bool write, uint64_t sector, unsigned count, uint8_t *data, uint64_t now)
{
    c->transfer = true;
    c->tries = 0;
    c->write = write;
    c->sector = sector;
    c->count = count;
    c->data = data;
    c->pause = 0;
    go(c, SD_TRANSFER, now);
    sd_card_step(c, now);
}
