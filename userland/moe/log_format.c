// SPDX-License-Identifier: MIT
#include "log_format.h"
#include <stdio.h>
#include <string.h>

unsigned log_color(char const *name)
{
    static char const letters[] = "nrgybmcw";
    char c = name[0];

    if (!c)
        return 0;
    char const *at = strchr(letters, c | 0x20);
    if (!at)
        return 0;
    return (unsigned)(at - letters) + (c & 0x20 ? 0 : 8);
}

void log_client_init(struct log_client *client, char const *tag, unsigned color)
{
    memset(client, 0, sizeof(*client));
    strncpy(client->tag, tag, LOG_TAG_MAX);
    client->color = color & 15;
}

static void emit(struct log_console *con, char const *text, size_t len)
{
    if (len)
        con->emit(con->ctx, text, len);
}

static void end_line(struct log_console *con, struct log_client *client)
{
    if (client->tag[0] && client->color)
        emit(con, "\033[0m", 4);
    emit(con, "\n", 1);
    con->open = NULL;
}

static void begin_line(struct log_console *con, struct log_client *client)
{
    char head[32];
    int n = 0;

    con->open = client;
    if (!client->tag[0])
        return;
    if (client->color == 0)
        n = snprintf(head, sizeof(head), "\033[0m");
    else
        n = snprintf(head, sizeof(head), "\033[%s3%um", client->color & 8 ? "01;" : "",
                     client->color & 7);
    n += snprintf(head + n, sizeof(head) - (size_t)n, "%-*.*s%s", LOG_TAG_SHOWN, LOG_TAG_SHOWN,
                  client->tag, client->continues ? ": " : "| ");
    client->continues = 0;
    emit(con, head, (size_t)n);
}

void log_write(struct log_console *con, struct log_client *client, char const *text, size_t len)
{
    len = strnlen(text, len);
    if (len && con->open && con->open != client) {
        con->open->continues = 1;
        end_line(con, con->open);
    }
    while (len) {
        char const *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;
        if (con->open != client)
            begin_line(con, client);
        emit(con, text, n);
        if (!nl)
            return;
        end_line(con, client);
        text += n + 1;
        len -= n + 1;
    }
}

void log_client_gone(struct log_console *con, struct log_client *client)
{
    if (con->open == client)
        end_line(con, client);
}
