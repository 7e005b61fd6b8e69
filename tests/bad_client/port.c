// SPDX-License-Identifier: MIT
#include "port.h"

#include "attack.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/task.h>
#include <string.h>

enum {
    MEMORY = 0x10000, BASE = 0x40000000,         // bytes; where the device sees them
    RX_RING = 0, TX_RING = 0x1000, RX_BUFS = 0x2000, TX_BUF = 0x8000, BUF = 2048,
    HDR = 12, FRAME = 64, PATIENCE_MS = 2000, TRIES = 10 * PATIENCE_MS,
};

static void start_queue(struct port *p, unsigned index, struct port_queue *q, unsigned ring)
{
    size_t avail, used;
    volatile l4virtio_config_queue_t *e = l4virtio_driver_queue(&p->dev, index);
    struct vq_drv_memory const m = {p->mem + ring, q->cookies, q->chain_len, q->next};
    CHECK(e != NULL);
    CHECK(vq_drv_init(&q->drv, PORT_QUEUE, &m, false) == 0);
    vq_drv_layout(PORT_QUEUE, &avail, &used);
    e->num = PORT_QUEUE;
    e->desc = BASE + ring;
    e->avail = BASE + ring + avail;
    e->used = BASE + ring + used;
    e->ready = 1;
    CHECK(l4virtio_config_queue(p->dev.dev, index) == 0);
}

static void make_memory(struct port *p)
{
    void *at = NULL;
    p->factory = l4re_util_cap_alloc();
    p->ds = l4re_util_cap_alloc();
    CHECK(l4_error(l4_factory_create_factory(l4re_env()->mem_alloc, p->factory, 16 * MEMORY)) >= 0);
    CHECK(l4re_ma_alloc_align_srv(p->factory, MEMORY, p->ds, 0, 0) >= 0);
    CHECK(l4re_rm_attach(&at, MEMORY, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, p->ds, 0, L4_PAGESHIFT) >= 0);
    p->mem = at;
    memset(p->mem, 0, MEMORY);
}

static void set_status(struct port *p, uint32_t status)
{
    uint32_t now = 0;
    CHECK(l4virtio_driver_status(&p->dev, status, &now) >= 0);
    CHECK(now == status);
}

static void add_buffers(struct port *p)
{
    for (unsigned i = 0; i < PORT_QUEUE; i++) {
        struct vq_buf b = {BASE + RX_BUFS + i * BUF, BUF};
        CHECK(vq_drv_add(&p->rx.drv, &b, 0, 1, p->mem + RX_BUFS + i * BUF) >= 0);
    }
    vq_drv_kick(&p->rx.drv);
    l4virtio_driver_notify(&p->dev);
}

void port_start(struct port *p, l4_cap_idx_t device)
{
    memset(p, 0, sizeof(*p));
    make_memory(p);
    CHECK(l4virtio_driver_open(&p->dev, device) == 0);
    set_status(p, L4VIRTIO_STATUS_ACKNOWLEDGE);
    set_status(p, L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER);
    p->dev.config->driver_features_map[1] = 1; // VERSION_1
    set_status(p, L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER | L4VIRTIO_STATUS_FEATURES_OK);
    CHECK(l4virtio_register_ds(device, p->ds, BASE, 0, MEMORY) == 0);
    start_queue(p, 0, &p->rx, RX_RING);
    start_queue(p, 1, &p->tx, TX_RING);
    set_status(p, L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER | L4VIRTIO_STATUS_FEATURES_OK
                      | L4VIRTIO_STATUS_DRIVER_OK);
    add_buffers(p);
}

void port_lose_memory(struct port *p)
{
    l4re_ds_stats_t stats;
    CHECK(l4_error(l4_task_delete_obj(L4RE_THIS_TASK_CAP, p->factory)) >= 0);
    for (unsigned i = 0; i < PATIENCE_MS / 50 && l4re_ds_info(p->ds, &stats) >= 0; i++)
        l4_sleep(50); // moe looks for what is gone when it has been left alone for a while
    CHECK(l4re_ds_info(p->ds, &stats) < 0);
}

void port_stop(struct port *p)
{
    l4virtio_set_status(p->dev.dev, 0);
    l4virtio_driver_close(&p->dev);
    l4re_rm_detach(p->mem);
    l4re_util_cap_free_um(p->ds);
    l4re_util_cap_free_um(p->factory);
}

void port_send(struct port *p, char const *text)
{
    struct vq_buf const b = {BASE + TX_BUF, HDR + FRAME};
    void *cookie;
    uint32_t len;
    memset(p->mem + TX_BUF, 0, HDR + FRAME);
    strncpy((char *)p->mem + TX_BUF + HDR, text, FRAME - 1);
    CHECK(vq_drv_add(&p->tx.drv, &b, 1, 0, NULL) >= 0);
    vq_drv_kick(&p->tx.drv);
    l4virtio_driver_notify(&p->dev);
    for (unsigned i = 0; i < TRIES && vq_drv_get(&p->tx.drv, &cookie, &len) <= 0; i++)
        l4_usleep(100);
}

static bool give_back(struct port *p, void *buffer)
{
    struct vq_buf const b = {BASE + (uint64_t)((uint8_t *)buffer - p->mem), BUF};
    CHECK(vq_drv_add(&p->rx.drv, &b, 0, 1, buffer) >= 0);
    if (vq_drv_kick(&p->rx.drv))
        l4virtio_driver_notify(&p->dev);
    return true;
}

bool port_receive(struct port *p, char const *text)
{
    void *buffer;
    uint32_t len;
    for (unsigned i = 0; i < TRIES; i++) {
        if (vq_drv_get(&p->rx.drv, &buffer, &len) > 0)
            return give_back(p, buffer) && len == HDR + FRAME && !strcmp((char *)buffer + HDR, text);
        l4_usleep(100);
    }
    return false;
}

bool port_has_status(struct port *p, uint32_t status)
{
    for (unsigned i = 0; i < PATIENCE_MS && p->dev.config->status != status; i++)
        l4_sleep(1);
    return p->dev.config->status == status;
}
