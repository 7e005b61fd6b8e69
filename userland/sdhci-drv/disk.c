// SPDX-License-Identifier: MIT
#include "disk.h"

#include <stdio.h>

#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

static struct sd_disk *of(struct disk *d)
{
    return (struct sd_disk *)((char *)d - offsetof(struct sd_disk, disk));
}

static struct sd_disk *of_card(struct sd_card *c)
{
    return (struct sd_disk *)((char *)c - offsetof(struct sd_disk, card));
}

static uint64_t clock_us(void)
{
    return l4_kip_clock(l4_kip());
}

// ---- what the card tells ----

static void ended(struct sd_card *c, bool ok)
{
    struct sd_disk *d = of_card(c);
    d->over = true;
    d->ok = ok;
}

static void changed(struct sd_card *c)
{
    struct sd_disk *d = of_card(c);
    if (c->why && c->why != d->said)
        printf("SD card at %s: %s\n", d->place, c->why);
    else if (!c->why && d->said)
        printf("SD card at %s: it is there again\n", d->place);
    d->said = c->why;
}

// ---- requests ----

// Hands the result over, and has the timer come when the card wants it. True: a request has ended.
static bool settle(struct sd_disk *d)
{
    struct block_request *r = d->request;
    bool const over = d->over;
    d->over = false;
    if (over && r) {
        d->request = NULL;
        if (d->ok && r->op == BLOCK_READ)
            d->ok = block_request_put(r, 0, d->buffer, r->count << BLOCK_SECTOR_SHIFT);
        r->done(r, d->ok ? BLOCK_OK : BLOCK_IOERR);
    }
    if (d->card.wake)
        srv_timer_arm(d->srv, &d->timer, d->card.wake);
    else
        srv_timer_cancel(d->srv, &d->timer);
    return over;
}

static bool go_on(struct sd_disk *d)
{
    sd_card_step(&d->card, clock_us());
    return settle(d);
}

static void expired(struct srv_timer *t)
{
    struct sd_disk *d = (struct sd_disk *)((char *)t - offsetof(struct sd_disk, timer));
    if (go_on(d))
        block_disk_ready(&d->disk);
}

static l4_msgtag_t interrupted(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct sd_disk *d = (struct sd_disk *)((char *)o - offsetof(struct sd_disk, irq));
    (void)rights, (void)tag, (void)u;
    bool const over = go_on(d);
    l4_irq_unmask(o->cap);
    if (over)
        block_disk_ready(&d->disk);
    return SRV_NO_REPLY;
}

// False: the request cannot be done.
static bool prepare(struct sd_disk *d, struct block_request *r)
{
    if (d->card.state != SD_READY || !r->count || r->count > SD_BLOCKS_MAX)
        return false;
    if (r->op == BLOCK_WRITE)
        return !d->disk.read_only && block_request_get(r, 0, d->buffer, r->count << BLOCK_SECTOR_SHIFT);
    return r->op == BLOCK_READ;
}

// What is written is on the card when its request ends: a flush has nothing to do.
static bool submit(struct disk *disk, struct block_request *r)
{
    struct sd_disk *d = of(disk);
    if (d->request)
        return false;
    if (r->op == BLOCK_FLUSH || !prepare(d, r)) {
        r->done(r, r->op == BLOCK_FLUSH ? BLOCK_OK : BLOCK_IOERR);
        return true;
    }
    d->request = r;
    sd_card_transfer(&d->card, r->op == BLOCK_WRITE, r->sector, (unsigned)r->count, d->buffer, clock_us());
    settle(d);
    return true;
}

static void wait(struct disk *disk, unsigned ms)
{
    struct sd_disk *d = of(disk);
    for (unsigned i = 0; i < ms && d->request && !go_on(d); i++)
        sd_pause_ms(1);
}

// ---- start ----

static void describe(struct sd_disk *d)
{
    struct sd_card const *c = &d->card;
    struct sd_card_name n;
    sd_cid_read(c->cid, &n);
    snprintf(d->disk.name, sizeof(d->disk.name), "%08x", n.serial);
    printf("SD card at %s: '%s' of manufacturer %u, serial number %08x, %llu MiB%s%s\n", d->place, n.product, n.manufacturer,
           n.serial, (unsigned long long)(c->info.sectors / 2048), c->blocks ? ", high capacity" : "",
           c->info.read_only ? ", write protected" : "");
}

int sd_disk_init(struct sd_disk *d, struct srv *srv, struct sd_regs *regs, struct sdhci_kind const *kind, char const *place)
{
    static struct disk_ops const ops = { .submit = submit, .wait = wait };
    static struct srv_ops const irq_ops = { .dispatch = interrupted };
    d->disk = (struct disk){ .ops = &ops, .block = BLOCK_SECTOR, .seg_max = SD_SEGS, .size_max = SD_SEG_BYTES };
    d->card = (struct sd_card){ .host = { .regs = regs, .kind = kind }, .ended = ended, .changed = changed };
    d->irq.ops = &irq_ops;
    d->timer.expired = expired;
    d->srv = srv;
    d->place = place;
    sd_card_start(&d->card, clock_us());
    while (d->card.state > SD_READY) { // each step of it has an end
        sd_pause_ms(1);
        sd_card_step(&d->card, clock_us());
    }
    if (d->card.state == SD_ABSENT) {
        sdhci_quiet(&d->card.host); // others may have its interrupt
        return -L4_ENODEV;
    }
    d->disk.sectors = d->card.info.sectors;
    d->disk.read_only = d->card.info.read_only;
    describe(d);
    return 0;
}
