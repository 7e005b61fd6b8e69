// SPDX-License-Identifier: MIT
// The controller uSDHC of the i.MX 7 and 8: the mode of a transfer has a register of its own, clock and data lines are set in
// their own way, and what counts as a full buffer is for the driver to say.
#include "sdhci.h"

enum usdhc_register { WATERMARK = 0x44, MIX_CONTROL = 0x48, VENDOR = 0xc0 };

enum { BLOCK_WORDS = SD_BLOCK / 4, STABLE_MS = 100, MHZ = 1000000 };

#define MODE_BITS      0xb7u         // of MIX_CONTROL: what a command decides
#define MODE_FAST      (0x3fu << 22 | 1u << 3) // tuning, HS400, double data rate
#define PRESENT_STABLE (1u << 3)
#define HOST_LINES     (3u << 1)
#define HOST_WIDE      (1u << 1)
#define HOST_ENDIAN    (3u << 4)
#define HOST_LITTLE    (2u << 4)
#define CLOCK_DIVIDERS 0xfff0u
#define CLOCK_SET      0xfu          // as a reset leaves them
#define VENDOR_1V8     (1u << 1)     // 1.8 V
#define VENDOR_CLOCK   (1u << 8)     // the card's clock runs without commands
#define BURST          (8u << 8 | 8u << 24)

static void init(struct sdhci *h)
{
    uint32_t const host = sd_reg_read(h->regs, SDHCI_HOST);
    sd_reg_write(h->regs, SDHCI_HOST, (host & ~HOST_LINES & ~HOST_ENDIAN) | HOST_LITTLE);
    // A reset leaves these to who was here before.
    sd_reg_write(h->regs, MIX_CONTROL, sd_reg_read(h->regs, MIX_CONTROL) & ~MODE_BITS & ~MODE_FAST);
    sd_reg_write(h->regs, VENDOR, sd_reg_read(h->regs, VENDOR) & ~VENDOR_1V8);
    // A block is ready when all of it is there, and may come when there is room for all of it.
    sd_reg_write(h->regs, WATERMARK, BURST | BLOCK_WORDS << 16 | BLOCK_WORDS);
}

static void run_clock(struct sdhci *h, bool on)
{
    uint32_t const vendor = sd_reg_read(h->regs, VENDOR) & ~VENDOR_CLOCK;
    sd_reg_write(h->regs, VENDOR, vendor | (on ? VENDOR_CLOCK : 0));
}

// The clock is divided by a power of two up to 256, and by 1 to 16.
static void set_clock(struct sdhci *h, uint32_t hz)
{
    uint32_t shift = 0, by = 1, bits = sd_reg_read(h->regs, SDHCI_CLOCK) & ~CLOCK_DIVIDERS & ~SDHCI_TIMEOUT_MASK;
    while (shift < 8 && (h->kind->base_hz >> shift) / 16 > hz)
        shift++;
    while (by < 16 && (h->kind->base_hz >> shift) / by > hz)
        by++;
    bits |= (shift ? 1u << (shift - 1) : 0) << 8 | (by - 1) << 4 | CLOCK_SET | SDHCI_TIMEOUT_MAX;
    run_clock(h, false);
    sd_reg_write(h->regs, SDHCI_CLOCK, bits);
    for (unsigned i = 0; i < STABLE_MS && !(sd_reg_read(h->regs, SDHCI_PRESENT) & PRESENT_STABLE); i++)
        sd_pause_ms(1);
    run_clock(h, true);
}

static void wide(struct sdhci *h)
{
    sd_reg_write(h->regs, SDHCI_HOST, (sd_reg_read(h->regs, SDHCI_HOST) & ~HOST_LINES) | HOST_WIDE);
}

static void command(struct sdhci *h, uint32_t bits, uint32_t mode)
{
    sd_reg_write(h->regs, MIX_CONTROL, (sd_reg_read(h->regs, MIX_CONTROL) & ~MODE_BITS) | mode);
    sd_reg_write(h->regs, SDHCI_COMMAND, bits << 16);
}

struct sdhci_kind const sdhci_usdhc = {
    .compatible = "fsl,imx7d-usdhc", .base_hz = 400 * MHZ, .init = init, .clock = set_clock, .wide = wide, .command = command,
};
