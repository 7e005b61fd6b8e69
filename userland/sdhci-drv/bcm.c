// SPDX-License-Identifier: MIT
// Broadcom's controllers: as the standard has them. They take 32-bit accesses only, so what a command consists of goes there in
// one write. On a BCM2711 the card is behind EMMC2; QEMU 10.0 has it behind the older one.
#include "sdhci.h"

enum { DIVIDER_MAX = 1023, STABLE_MS = 100, MHZ = 1000000 };

#define CLOCK_INTERNAL (1u << 0)
#define CLOCK_STABLE   (1u << 1)
#define CLOCK_CARD     (1u << 2)
#define CLOCK_BITS     0xffffu
#define HOST_WIDE      (1u << 1)
#define HOST_POWER     (0xfu << 8) // on, 3.3 V

static uint32_t base_hz(struct sdhci *h)
{
    uint32_t const mhz = sd_reg_read(h->regs, SDHCI_CAPABILITIES) >> 8 & 0xff;
    return mhz ? mhz * MHZ : h->kind->base_hz;
}

static void init(struct sdhci *h)
{
    sd_reg_write(h->regs, SDHCI_HOST, HOST_POWER);
}

// The base clock is divided by 1 or by twice the divider.
static void set_clock(struct sdhci *h, uint32_t hz)
{
    uint32_t const base = base_hz(h), twice = 2 * hz;
    uint32_t divider = base <= hz ? 0 : (base + twice - 1) / twice;
    uint32_t rest = (sd_reg_read(h->regs, SDHCI_CLOCK) & ~CLOCK_BITS & ~SDHCI_TIMEOUT_MASK) | SDHCI_TIMEOUT_MAX;
    if (divider > DIVIDER_MAX)
        divider = DIVIDER_MAX;
    rest |= (divider & 0xff) << 8 | (divider >> 8) << 6 | CLOCK_INTERNAL;
    sd_reg_write(h->regs, SDHCI_CLOCK, rest); // the card's clock rests while it changes
    for (unsigned i = 0; i < STABLE_MS && !(sd_reg_read(h->regs, SDHCI_CLOCK) & CLOCK_STABLE); i++)
        sd_pause_ms(1);
    sd_reg_write(h->regs, SDHCI_CLOCK, rest | CLOCK_CARD);
}

static void wide(struct sdhci *h)
{
    sd_reg_write(h->regs, SDHCI_HOST, sd_reg_read(h->regs, SDHCI_HOST) | HOST_WIDE);
}

static void command(struct sdhci *h, uint32_t bits, uint32_t mode)
{
    sd_reg_write(h->regs, SDHCI_COMMAND, bits << 16 | mode);
}

struct sdhci_kind const sdhci_bcm2711 = {
    .compatible = "brcm,bcm2711-emmc2", .base_hz = 200 * MHZ, .init = init, .clock = set_clock, .wide = wide,
    .command = command,
};

struct sdhci_kind const sdhci_bcm2835 = {
    .compatible = "brcm,bcm2835-sdhci", .base_hz = 250 * MHZ, .init = init, .clock = set_clock, .wide = wide,
    .command = command,
};
