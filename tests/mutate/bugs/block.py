# SPDX-License-Identifier: MIT
"""Bugs in disks, for unit tests to find."""

UNIT = {
    "block_requests": {
        "block: the sector behind the area": (
            "userland/lib/block/request.c", "return sector < a->sectors && count <= a->sectors - sector &&",
            "return sector < a->sectors && count <= a->sectors - sector + 1 &&"),
        "block: a range that is added up": (
            "userland/lib/block/request.c", "return sector < a->sectors && count <= a->sectors - sector &&",
            "return sector + count <= a->sectors &&"),
        "block: a part of the disk's block": (
            "userland/lib/block/request.c", " && sector % per == 0 && count % per == 0;", " && per;"),
        "block: writes to what may only be read": (
            "userland/lib/block/request.c", "bytes >= UINT32_MAX || (write && a->read_only))", "bytes >= UINT32_MAX)"),
        "block: zeros to what may only be read": (
            "userland/lib/block/request.c", "if (a->read_only || !range.sectors", "if (!range.sectors"),
        "block: the status byte is data": (
            "userland/lib/block/request.c", "    c->write_len--;\n", ""),
        "block: a buffer across a seam breaks the queue": (
            "userland/lib/block/request.h", "2 + REQUEST_DATA_SEGS + REQUEST_SEAMS", "2 + REQUEST_DATA_SEGS"),
    },
    "block_partitions": {
        "partitions: one begins in another one": (
            "userland/lib/block/partition.c", "else if (i && p->first < end)", "else if (i && p->first + 1 < end)"),
        "partitions: one leaves the disk": (
            "userland/lib/block/partition.c", "p->sectors > d->sectors - p->first)", "p->first + p->sectors > d->sectors + 1)"),
        "partitions: a GPT header with a wrong checksum": (
            "userland/lib/block/gpt.c", "else if (crc32(0, h, size) != crc)", "else if (!crc)"),
        "partitions: GPT entries with a wrong checksum": (
            "userland/lib/block/gpt.c", "if (!wrong && crc != g->entries_crc)", "if (!wrong && !crc && g->entries_crc)"),
        "partitions: a label says what a terminal obeys": (
            "userland/lib/block/gpt.c", " || (c >= 0x7f && c < 0xa0)", ""),
        "partitions: logical ones in a circle": (
            "userland/lib/block/mbr.c", "has no end\");\n            return -L4_EINVAL;", "has no end\");\n            return 0;"),
        "partitions: an MBR in sectors where blocks are larger": (
            "userland/lib/block/mbr.c", ".per = d->block / BLOCK_SECTOR", ".per = 1"),
        "partitions: one disk that hangs is all of them": (
            "userland/lib/block/scan.c", "    if (!s->unanswered) // else it stays the disk's\n", ""),
    },
    "block_volumes": {
        "volumes: two write": (
            "userland/lib/block/volume.c", "!(c->area.read_only && v->area.read_only))", "!(c->area.read_only || v->area.read_only))"),
        "volumes: a neighbour is the same": (
            "userland/lib/block/volume.c", "&& b->first < a->first + a->sectors;", "&& b->first <= a->first + a->sectors;"),
        "volumes: a label takes a disk's name": (
            "userland/lib/block/volume.c", "    if (!matches)\n        matches = find(name, by, v);", "    matches += find(name, by, v);"),
        "volumes: a disk with two of one name": (
            "userland/lib/block/volume.c", "return matches == 1 ? 0 : matches ?", "return matches >= 1 ? 0 : matches ?"),
    },
    "block_clients": {
        "block: the memory of who has gone is touched": (
            "userland/lib/block/request.c", "    if (r->dead)\n        return false;\n", ""),
        "block: requests of who has reset are not dead": (
            "userland/lib/block/client.c", "            c->slot[i].q.r.dead = true;\n", "            (void)c;\n"),
        "block: a new driver does not wait for the old one's requests": (
            "userland/lib/block/client.c", "!c->queue.broken && !c->dead;", "!c->queue.broken;"),
        "block: a refused request outlives its client": (
            "userland/lib/block/client.c", "        c->on->refused = NULL;\n", ""),
        "block: a client is freed while the disk works for it": (
            "userland/lib/block/client.c", "    c->gone = true;\n    if (!c->under_way)\n", "    c->gone = true;\n"),
        "block: a client that is gone keeps its share": (
            "userland/lib/block/client.c", "    share_give(c->share);\n    free(c);\n", "    free(c);\n"),
        "block: the same client again and again": (
            "userland/lib/block/client.c", "on->turn = c = c->next ? c->next : on->first;", "c = c->next ? c->next : on->first;"),
        "block: answers without the disk cost nothing": (
            "userland/lib/block/client.c", "        answer(c, &s->q, status);\n        break;\n",
            "        answer(c, &s->q, status);\n        return take(c, r);\n"),
        "block: what is left of a go is forgotten": (
            "userland/lib/block/client.c", "    if (!budget && on->first)\n        later(on, on->first->dev.srv);\n", "    (void)later;\n"),
        "block: long requests cost as short ones": (
            "userland/lib/block/client.c", "1 + (r ? r->count / COST_SECTORS : 0);", "1 + (r ? r->count / COST_SECTORS / COST_SECTORS : 0);"),
    },
    "block_lost": {
        "lost: a driver that knows of no cache is told too early": (
            "userland/lib/block/client.c", "r->op != BLOCK_READ && r->op != BLOCK_FLUSH &&", "r->op == BLOCK_FLUSH &&"),
        "lost: zeros are not flushed for it": (
            "userland/lib/block/client.c", "r->op != BLOCK_READ && r->op != BLOCK_FLUSH &&", "r->op == BLOCK_WRITE &&"),
        "lost: a flush that nobody does": (
            "userland/lib/block/request.c", "        q->r.op = BLOCK_FLUSH;\n",
            "        q->r.op = BLOCK_FLUSH;\n        *answered = has(features, VIRTIO_BLK_F_FLUSH);\n"),
        "lost: one flush at a time is enough": (
            "userland/lib/block/client.c", "    case BLK_SUBMIT:\n",
            "    case BLK_SUBMIT:\n        if (s->q.r.op == BLOCK_FLUSH && c->under_way) {\n"
            "            answer(c, &s->q, BLOCK_OK);\n            break;\n        }\n"),
        "lost: an idle disk has nothing to flush": (
            "userland/virtio-blk-drv/virtio_disk.c", "    if (!s)\n        return false;\n",
            "    if (!s)\n        return false;\n    if (r->op == BLOCK_FLUSH && !d->under_way) {\n"
            "        r->done(r, BLOCK_OK);\n        return true;\n    }\n"),
        "lost: the disk's errors are not heard": (
            "userland/virtio-blk-drv/virtio_disk.c", "    default:\n        return BLOCK_IOERR;\n",
            "    default:\n        return BLOCK_OK;\n"),
        "lost: a disk that fails has done it all": (
            "userland/virtio-blk-drv/virtio_disk.c", "end(d, &d->slot[i], BLOCK_IOERR);", "end(d, &d->slot[i], BLOCK_OK);"),
        "lost: a disk's cache is kept secret": (
            "userland/virtio-blk-drv/virtio_disk.c", "k->cached = virtio_mmio_has(&d->dev, VIRTIO_BLK_F_FLUSH);", "k->cached = false;"),
        "lost: a late serial number is the answer to something else": (
            "userland/virtio-blk-drv/virtio_disk.c", "        if (i == SERIAL_MS)\n            return false;\n",
            "        if (i == SERIAL_MS) {\n            s->request = NULL;\n            return false;\n        }\n"),
    },
    "sd_card": {
        "sd: a CSD with blocks of any size": (
            "userland/sdhci-drv/csd.c", "if (length < 9 || length > 11)", "if (length < 9)"),
        "sd: a CSD that contradicts its card": (
            "userland/sdhci-drv/csd.c", "if ((structure == HIGH_CAPACITY) != blocks)", "if (structure == HIGH_CAPACITY && !blocks && !csd)"),
        "sd: a product's name says what a terminal obeys": (
            "userland/sdhci-drv/csd.c", "c >= ' ' && c < 0x7f ?", "c ?"),
        "sd: another card is taken for the first": (
            "userland/sdhci-drv/card.c", "if (c->known && memcmp(c->cid,", "if (!c->known && c->rca && memcmp(c->cid,"),
        "sd: the same card with another size": (
            "userland/sdhci-drv/card.c", "if (!wrong && c->known && info.sectors != c->info.sectors)", "if (!wrong && c->known && !info.sectors)"),
        "sd: a card that is never ready": (
            "userland/sdhci-drv/card.c", "return now < c->until ? SD_APP_OP :", "return now ? SD_APP_OP :"),
        "sd: a card that is locked": (
            "userland/sdhci-drv/card.c", "if (r == SD_OK && c->command.response[0] & STATUS_LOCKED)", "if (r == SD_OK && !c->rca)"),
        "sd: a write ends before the card has left busy": (
            "userland/sdhci-drv/card.c", "return c->write ? SD_WRITTEN : end_transfer(c, true);", "return end_transfer(c, true);"),
        "sd: errors of a write are not asked for": (
            "userland/sdhci-drv/card.c", "    if (r != SD_OK || c->command.response[0] & STATUS_ERRORS)\n        return SD_STOP;\n    enum",
            "    if (r != SD_OK)\n        return SD_STOP;\n    enum"),
        "sd: a transfer is tried for ever": (
            "userland/sdhci-drv/card.c", "if (++c->tries < SD_TRIES)", "if (c->tries < SD_TRIES)"),
        "sd: a controller that ends nothing": (
            "userland/sdhci-drv/card.c", "if (r == SD_PENDING && now >= c->deadline)", "if (r == SD_PENDING && !c->begun && now >= c->deadline)"),
        "sd: blocks are bytes": (
            "userland/sdhci-drv/card.c", "c->blocks ? c->sector : c->sector * SD_BLOCK", "c->sector"),
        "sd: an event that nobody waits for": (
            "userland/sdhci-drv/card.c", "    if (!c->host.now) //", "    if (!c->host.now && c->state != SD_READY) //"),
        "sd: more blocks than there is room for": (
            "userland/sdhci-drv/sdhci.c", "while (h->moved < c->blocks && sd_reg_read", "while (sd_reg_read"),
        "sd: blocks that are not ready": (
            "userland/sdhci-drv/sdhci.c", "while (h->moved < c->blocks && sd_reg_read(h->regs, SDHCI_PRESENT) & ready)", "while (h->moved < c->blocks && ready)"),
        "sd: data that ended too early": (
            "userland/sdhci-drv/sdhci.c", "(status & TRANSFERRED && h->moved == c->blocks);", "(status & TRANSFERRED);"),
        "sd: a controller's buffer that is not a block": (
            "userland/sdhci-drv/usdhc.c", "BURST | BLOCK_WORDS << 16 | BLOCK_WORDS", "BURST | BLOCK_WORDS << 16 | BLOCK_WORDS / 2"),
        "sd: a card's clock that is too fast": (
            "userland/sdhci-drv/usdhc.c", "while (by < 16 && (h->kind->base_hz >> shift) / by > hz)", "while (by < 16 && (h->kind->base_hz >> shift) / by > 2 * hz)"),
    },
}
