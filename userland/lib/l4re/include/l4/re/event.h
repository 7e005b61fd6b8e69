// SPDX-License-Identifier: MIT
// Streams of input events: what their servers tell about them (l4re-protocols 8).
#pragma once

#include <l4/sys/types.h>

enum l4re_event_stream_max_values_t {
    L4RE_EVENT_EV_MAX = 0x1f,
    L4RE_EVENT_KEY_MAX = 0x1ff,
    L4RE_EVENT_REL_MAX = 0xf,
    L4RE_EVENT_ABS_MAX = 0x3f,
    L4RE_EVENT_PROP_MAX = 0x1f,
    L4RE_EVENT_SW_MAX = 0xf,
};

#define L4RE_EVENT_WORDS_(max) ((max) / (8 * sizeof(unsigned long)) + 1) // of a bitmap for 0 to max

typedef struct l4re_event_stream_id_t {
    l4_uint16_t bustype, vendor, product, version;
} l4re_event_stream_id_t;

typedef struct l4re_event_stream_info_t {
    l4_umword_t stream_id;
    char name[32];
    char phys[32];
    l4re_event_stream_id_t id;
    unsigned long propbits[L4RE_EVENT_WORDS_(L4RE_EVENT_PROP_MAX)];
    unsigned long evbits[L4RE_EVENT_WORDS_(L4RE_EVENT_EV_MAX)];
    unsigned long keybits[L4RE_EVENT_WORDS_(L4RE_EVENT_KEY_MAX)];
    unsigned long relbits[L4RE_EVENT_WORDS_(L4RE_EVENT_REL_MAX)];
    unsigned long absbits[L4RE_EVENT_WORDS_(L4RE_EVENT_ABS_MAX)];
    unsigned long swbits[L4RE_EVENT_WORDS_(L4RE_EVENT_SW_MAX)];
} l4re_event_stream_info_t;
