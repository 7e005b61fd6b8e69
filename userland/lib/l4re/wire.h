// SPDX-License-Identifier: MIT
// What several clients put into messages (l4re-protocols 1).
#pragma once

#include <l4/sys/ipc.h>
#include <string.h>

// A string from message register `word` on: its length with the NUL, then its bytes. The next free register, 0: too long.
static inline unsigned wire_put_string(l4_utcb_t *u, unsigned word, char const *s)
{
    size_t bytes = strlen(s) + 1, words = (bytes + sizeof(l4_umword_t) - 1) / sizeof(l4_umword_t);
    if (bytes > sizeof(u->msg) || word + 1 + words > L4_UTCB_GENERIC_DATA_SIZE)
        return 0;
    u->msg.mr[word] = bytes;
    u->msg.mr[word + words] = 0;
    memcpy(&u->msg.mr[word + 1], s, bytes);
    return word + 1 + (unsigned)words;
}

// Copies a string that a server sent from message register `word` on, at most `size` bytes with its NUL. The next register, 0
// when the message, of `words` registers, is too short for what it says.
static inline unsigned wire_get_string(l4_utcb_t const *u, unsigned word, unsigned words, char *s, size_t size)
{
    if (word >= words)
        return 0;
    size_t bytes = u->msg.mr[word], there = (words - word - 1) * sizeof(l4_umword_t);
    if (bytes == 0 || bytes > there)
        return 0;
    if (size) {
        size_t n = bytes < size ? bytes : size;
        memcpy(s, &u->msg.mr[word + 1], n);
        s[n - 1] = 0;
    }
    return word + 1 + (unsigned)((bytes + sizeof(l4_umword_t) - 1) / sizeof(l4_umword_t));
}

// A call without receive buffers; `words` of the message are there.
static inline l4_msgtag_t wire_call(l4_cap_idx_t srv, long proto, unsigned words, l4_utcb_t *u)
{
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_ipc_call(srv, u, l4_msgtag(proto, words, 0, 0), L4_IPC_NEVER);
}
