// SPDX-License-Identifier: MIT
// The tables of operations as text.
#pragma once
#include "object/object.h"
#include <stdio.h>

// One after the other, in the order of the documentation: the protocols of each kind of object with their operations, and
// what a factory makes.
struct printed_object {
    char const *name;
    enum object_type type;
};
enum { PRINTED_OBJECTS = OBJ_TYPES - 1 };
extern struct printed_object const printed_objects[PRINTED_OBJECTS];

// The table for docs/reference.md.
void print_document(FILE *f);
// The table as initialisers of C, for tests/kernel/test_operations.c.
void print_header(FILE *f);
