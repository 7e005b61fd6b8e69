// SPDX-License-Identifier: MIT
#include "channel.h"

#include "device/device.h"
#include "log.h"
#include "vcpu/fp.h"

#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <l4/sys/vcon.h>

static struct channel *channels, *log_channel;

void line_writer_write(struct line_writer *w, char const *text, unsigned size)
{
    l4_vcon_write(((struct channel *)w)->vcon, text, size);
}

// While nothing waits, no time matters.
static uint64_t now(struct channel const *c)
{
    return c->writer.waiting ? alarm_now() : 0;
}

// With the lock held.
static void set_alarm(struct channel *c)
{
    uint64_t at = line_writer_deadline(&c->writer);
    if (at != LINE_NEVER)
        alarm_set_by(&c->alarm, at);
}

static void expired(struct alarm *a)
{
    struct channel *c = (struct channel *)((char *)a - offsetof(struct channel, alarm));
    LOCK_SCOPE(&c->lock);
    line_writer_expire(&c->writer, alarm_now());
    set_alarm(c);
}

void channel_put(struct channel *c, char ch)
{
    LOCK_SCOPE(&c->lock);
    if (line_writer_put(&c->writer, ch)) {
        fp_protect(); // memcpy
        line_writer_send(&c->writer, now(c));
    } else if (c->writer.num_chars == 1) {
        c->writer.chars_due = alarm_now() + LINE_COLLECT_US;
        set_alarm(c);
    }
}

// The lock is not held for longer than a message takes: the text may be as long as the guest's memory.
void channel_write(struct channel *c, char const *text, unsigned size)
{
    fp_protect(); // memcpy
    while (size) {
        unsigned n = size < L4_VCON_WRITE_SIZE ? size : L4_VCON_WRITE_SIZE;
        lock_acquire(&c->lock);
        line_writer_guest(&c->writer, text, n, now(c));
        lock_release(&c->lock);
        text += n;
        size -= n;
    }
}

void channel_lines(struct channel *c, char const *text, unsigned size, bool waits)
{
    fp_protect(); // memcpy
    l4_utcb_t *u = l4_utcb();
    l4_msg_regs_t keep = u->msg;
    lock_acquire(&c->lock);
    line_writer_lines(&c->writer, text, size, waits, alarm_now());
    set_alarm(c);
    lock_release(&c->lock);
    u->msg = keep;
}

void channel_flush_all(void)
{
    for (struct channel *c = channels; c; c = c->next) {
        LOCK_SCOPE(&c->lock);
        line_writer_flush(&c->writer, alarm_now());
    }
}

static bool same_vcon(l4_cap_idx_t a, l4_cap_idx_t b)
{
    return a == b || l4_msgtag_label(l4_task_cap_equal(L4RE_THIS_TASK_CAP, a, b)) == 1;
}

struct channel *channel_open(l4_cap_idx_t vcon)
{
    for (struct channel *c = channels; c; c = c->next)
        if (same_vcon(c->vcon, vcon))
            return c;
    struct channel *c = device_alloc(sizeof(*c));
    c->vcon = vcon;
    lock_init(&c->lock);
    int err = alarm_init(&c->alarm, expired);
    if (err)
        fatal("cannot create an IRQ object: error %d", err);
    c->next = channels;
    channels = c;
    return c;
}

static void write_log(char const *text, unsigned size, bool waits)
{
    channel_lines(log_channel, text, size, waits);
}

void channel_open_log(void)
{
    log_channel = channel_open(l4re_env()->log);
    log_set_output(write_log);
}
