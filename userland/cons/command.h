// SPDX-License-Identifier: MIT
// The commands of the prompt.
#pragma once

#include "mux.h"

#define COMMAND_MAX_ARGS 32

// Runs one typed line; the line is cut into words in place.
void command_run(struct mux *m, char *line);

// Completes the last word of the line as far as it is unique; lists the candidates if it is not.
// Returns true if something was printed.
bool command_complete(struct mux *m, struct line_edit *l);

// Commands with a file of their own; args[0] is the name of the command.
void command_list(struct mux *m, int argc, char **args);
void command_help(struct mux *m, int argc, char **args);
void command_cat(struct mux *m, int argc, char **args);
void command_tail(struct mux *m, int argc, char **args);
void command_grep(struct mux *m, int argc, char **args);
void command_shutdown(struct mux *m, int argc, char **args);
void command_reboot(struct mux *m, int argc, char **args);

// The client that `name` means; prints a message and returns NULL if there is none.
struct client *command_client(struct mux *m, char const *command, char const *name);

// Prints the bytes [pos, end) of a client's output until the user types. Returns false if stopped.
bool command_print_range(struct mux *m, struct client *c, uint64_t pos, uint64_t end);

// For `help` and completion: the name, argument text and meaning of command i; false beyond the
// last.
bool command_info(unsigned i, char const **name, char const **args, char const **meaning);
