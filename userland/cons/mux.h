// SPDX-License-Identifier: MIT
// A multiplexer: one terminal that is connected to one client or shows its prompt.
#pragma once

#include "clients.h"
#include "keys.h"
#include "line_edit.h"
#include "screen.h"

#define MUX_NAME_MAX 23
#define MUX_PROMPT_IDLE_US 50000 // the prompt comes back when output has been silent for so long
#define MUX_NEVER UINT64_MAX

struct mux;

// What all multiplexers share, and what is above them: commands, and who keeps the clients.
struct mux_host {
    struct clients clients;
    struct mux *mux; // mux_count of them
    unsigned mux_count;
    // Removes a client that has ended, if it is neither to be kept nor connected to a multiplexer.
    void (*drop_if_dead)(struct mux_host *h, struct client *c);
    // Runs a line that was typed at the prompt; the line is cut into words in place.
    void (*run_line)(struct mux *m, char *line);
    // Completes the last word of a line as far as that is unique; lists the candidates if it is not, and returns true then.
    bool (*complete_line)(struct mux *m, struct line_edit *l);
    // Switches the machine off or restarts it; returns why it could not. NULL: cons may not.
    char const *(*end_machine)(bool restart);
};

struct mux {
    struct mux_host *host;
    unsigned index;
    char name[MUX_NAME_MAX + 1];
    char autoconnect[CLIENT_TAG_MAX + 1];
    struct screen screen;
    struct keys keys;
    struct line_edit line;
    struct client *connected;
    bool told_dead; // the user knows that the connected client has ended
    bool prompt_drawn;
    uint64_t prompt_due; // when the prompt is to be drawn, in us
};

void mux_init(struct mux *m, struct mux_host *host, unsigned index, char const *name,
              struct screen_port *port);

// Handles typed characters. `now` in us.
void mux_input(struct mux *m, char const *data, size_t n, uint64_t now);

// Brings what clients wrote to the terminal; a long backlog comes in pieces. Returns when it wants
// to be called again at the latest, in us, MUX_NEVER if there is nothing to wait for.
uint64_t mux_pump(struct mux *m, uint64_t now);

// Prints a line of the console's own, wherever the cursor stands.
void mux_message(struct mux *m, char const *line, uint64_t now);

void mux_connect(struct mux *m, struct client *c);
void mux_disconnect(struct mux *m);
