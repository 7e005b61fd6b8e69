// SPDX-License-Identifier: MIT
// Moe as a library: the kernel and sigma0 are pretended, and one client that holds capabilities in
// slots of its own makes the requests. Memory is where its physical address says.
#pragma once

#include <l4/sys/types.h>
#include <l4/sys/utcb.h>
#include <stdbool.h>
#include <stdint.h>

struct object;

enum {
    CLIENT_SLOTS = 4096,
    CLIENT_GONE = -0x1004, // what a call of an empty slot, or of a deleted object, gives
    MOE_MIB = 1 << 20,
};

// Start moe with so much RAM and, as rom/, the files `file` (two pages, read only) and `text` (ten
// bytes). The client then has the capabilities below, with all rights but D; CLIENT_KIP is read only
// memory nevertheless, of a page like moe_file's first. Once in a process.
void moe_boot(uint64_t ram_bytes);

enum { CLIENT_MEM = 1, CLIENT_ROM, CLIENT_DMA_MANAGER, CLIENT_KIP, CLIENT_FIRST_FREE };

extern char const moe_file[8192];

// ---- requests. Words and items are put behind each other, as a client does ----

struct request_text {
    l4_umword_t w[L4_UTCB_GENERIC_DATA_SIZE];
    unsigned words, items;
};

void put_word(struct request_text *t, l4_umword_t w);
// Bytes, padded to a word, behind their number.
void put_name(struct request_text *t, char const *name, unsigned len);
// An argument of a factory: an integer, a string.
void put_int(struct request_text *t, l4_mword_t v);
void put_text(struct request_text *t, char const *s);
// No word may follow an item.
void put_cap(struct request_text *t, unsigned slot, unsigned rights);
void put_void(struct request_text *t);

// Send it through the capability in `slot`; a capability in the reply goes to `received` (0 = is
// dropped). Returns the label of the reply or CLIENT_GONE; t holds the words of the reply.
long client_call(unsigned slot, long protocol, struct request_text *t, unsigned received);

// The answer to the last request: the number of typed items, and memory that it brought.
extern unsigned reply_items;
extern l4_fpage_t reply_memory;
extern bool reply_sent; // false: moe left the request without answer

// Send a request later: the capability is looked up now, the message arrives with client_send_queued,
// whatever has become of the object.
void client_queue(unsigned slot);
long client_send_queued(long protocol, struct request_text *t);

// ---- capabilities of the client ----

unsigned client_free_slot(void); // 0 = none
bool client_has(unsigned slot);
unsigned client_rights(unsigned slot); // L4_CAP_FPAGE_*, of an occupied slot
bool client_same(unsigned a, unsigned b);
void client_drop(unsigned slot);   // give up the capability
void client_delete(unsigned slot); // delete the object; the slot needs D
void client_copy(unsigned from, unsigned to, unsigned rights);
// An object of another server.
void client_make_foreign(unsigned slot);

// Let moe hear of deleted objects until there are none that it does not know of.
void moe_settle(void);
// What a client does while moe clears memory, the next time.
extern void (*client_meanwhile)(void);

// Let moe hear of one, and of no time without requests behind it.
void moe_hear_of_deletion(void);

// The object itself, as other parts of moe refer to it; NULL if it is not one of moe's.
struct object *moe_object(unsigned slot);

// ---- memory ----

uint64_t ram_start(void);
bool is_ram(uint64_t phys);
unsigned client_mapped(uint64_t phys); // rights with which the client has that page
unsigned client_mapped_pages(void);

// ---- what moe last asked the kernel's scheduler for: CPUs, priority, quantum ----
extern struct {
    l4_umword_t granularity, map, prio, quantum;
} scheduled;

// ---- what is used up ----
unsigned moe_slots_used(void); // capability slots of moe's that hold something
unsigned moe_gates(void);      // gates that exist
