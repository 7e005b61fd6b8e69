// SPDX-License-Identifier: MIT
// Table of names: a hash of strings to values. Pure logic.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct name_entry {
    struct name_entry *next; // in the same bucket
    size_t len;
    char *name;              // len bytes, not terminated
};

enum { NAME_BUCKETS = 32 };

struct name_table {
    struct name_entry *bucket[NAME_BUCKETS];
    unsigned count;
};

struct name_entry *names_find(struct name_table const *t, char const *name, size_t len);

// The entry is part of a larger structure of the caller; name and len are set. No duplicates.
void names_insert(struct name_table *t, struct name_entry *e);
void names_remove(struct name_table *t, struct name_entry *e);

// Any entry, NULL when the table is empty.
struct name_entry *names_any(struct name_table const *t);

// First component of a path and the rest behind its slash. Returns the component's length, 0 when
// the path or one of its components is empty.
size_t path_split(char const *path, size_t len, char const **first, char const **rest,
                  size_t *rest_len);

// May this be registered: not empty, no slash?
bool name_is_valid(char const *name, size_t len);

// The last component of the first word of a module's command line. A backslash makes a following
// space part of the word. Returns its length; *args = what follows the word, without blanks.
size_t module_name(char const *cmdline, char const **name, char const **args);

// Does the blank-separated list contain the word?
bool has_word(char const *list, char const *word);
