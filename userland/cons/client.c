// SPDX-License-Identifier: MIT
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t client_colour(char const *text)
{
    static char const letters[] = "nrgybmcw";
    if (!text[0])
        return CLIENT_COLOUR_DEFAULT;
    char low = text[0] >= 'A' && text[0] <= 'Z' ? (char)(text[0] - 'A' + 'a') : text[0];
    char const *at = strchr(letters, low);
    if (!at)
        return 0;
    return (uint8_t)((at - letters) + (low != text[0] ? 8 : 0));
}

void client_set_tag(struct client_options *o, char const *tag)
{
    snprintf(o->tag, sizeof o->tag, "%s", tag[0] ? tag : "<noname>");
    for (char *p = o->tag; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?'; // a tag must not move the cursor
}

static char const *value_of(char const *text, char const *name)
{
    size_t n = strlen(name);
    return strncmp(text, name, n) == 0 && text[n] == '=' ? text + n + 1 : NULL;
}

bool client_option(struct client_options *o, char const *text)
{
    char const *v;
    if (strcmp(text, "show") == 0)
        o->show = true, o->hide = false;
    else if (strcmp(text, "hide") == 0)
        o->hide = true, o->show = false;
    else if (strcmp(text, "keep") == 0)
        o->keep = true;
    else if (strcmp(text, "no-keep") == 0)
        o->keep = false;
    else if (strcmp(text, "timestamp") == 0)
        o->timestamp = true;
    else if (strcmp(text, "no-timestamp") == 0)
        o->timestamp = false;
    else if (strcmp(text, "line-buffering") == 0)
        o->line_ms = CLIENT_LINE_MS_DEFAULT;
    else if (strcmp(text, "no-line-buffering") == 0)
        o->line_ms = 0;
    else if ((v = value_of(text, "line-buffered-ms")))
        o->line_ms = (unsigned)strtoul(v, NULL, 0);
    else if ((v = value_of(text, "key")))
        o->key = v[0];
    else if ((v = value_of(text, "bufsz"))) {
        unsigned long long n = strtoull(v, NULL, 0);
        o->bufsz = n < CLIENT_BUFSZ_MIN ? o->bufsz : n > OUTBUF_MAX ? OUTBUF_MAX : n;
    } else
        return false;
    return true;
}

bool client_init(struct client *c, struct client_options const *o, struct outbuf_mem *mem)
{
    memset(c, 0, sizeof *c);
    c->opt = *o;
    c->i_flags = L4_VCON_ICRNL;
    c->o_flags = L4_VCON_ONLRET | L4_VCON_ONLCR;
    c->l_flags = L4_VCON_ECHO;
    return outbuf_init(&c->out, mem, o->bufsz);
}

void client_free(struct client *c)
{
    outbuf_free(&c->out);
}

void client_write(struct client *c, char const *data, size_t n, uint64_t now)
{
    char buf[256];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char ch = data[i];
        if (ch == '\r' && (c->o_flags & L4_VCON_OCRNL))
            ch = '\n';
        if (ch == '\r' && (c->o_flags & L4_VCON_ONLRET))
            continue;
        if (ch == '\n' && (c->o_flags & L4_VCON_ONLCR))
            buf[used++] = '\r';
        buf[used++] = ch;
        if (used > sizeof buf - 2) {
            outbuf_put(&c->out, buf, used);
            used = 0;
        }
    }
    outbuf_put(&c->out, buf, used);
    c->last_write = now;
}

char client_input(struct client *c, char ch)
{
    if (ch == '\r') {
        if (c->i_flags & L4_VCON_IGNCR)
            return 0;
        if (c->i_flags & L4_VCON_ICRNL)
            ch = '\n';
    } else if (ch == '\n' && (c->i_flags & L4_VCON_INLCR))
        ch = '\r';
    if (inbuf_put(&c->in, ch) && c->input_ready)
        c->input_ready(c);
    return (c->l_flags & L4_VCON_ECHO) ? ch : 0;
}

void client_break(struct client *c)
{
    if (inbuf_break(&c->in) && c->input_ready)
        c->input_ready(c);
}

void client_name(struct client const *c, char *buf, size_t size)
{
    if (c->index)
        snprintf(buf, size, "%s:%u", c->opt.tag, c->index);
    else
        snprintf(buf, size, "%s", c->opt.tag);
}

bool client_is_named(struct client const *c, char const *name)
{
    char full[CLIENT_TAG_MAX + 16];
    client_name(c, full, sizeof full);
    return strcmp(full, name) == 0;
}
