// SPDX-License-Identifier: MIT
// The commands shutdown and reboot, of the machine.
#include "command.h"

static void end_machine(struct mux *m, char const *command, bool restart)
{
    if (!m->host->end_machine) {
        screen_printf(&m->screen,
                      "%s: cons has no capability 'pfc'; a script gives it by caps = { pfc = L4.Env.icu:m(\"rws\") }\n",
                      command);
        return;
    }
    screen_text(&m->screen, restart ? "restarting the machine\n" : "switching the machine off\n");
    for (unsigned i = 0; i < m->host->mux_count; i++)
        screen_flush(&m->host->mux[i].screen); // what was said last
    char const *error = m->host->end_machine(restart);
    if (error)
        screen_printf(&m->screen, "%s: the kernel refuses: %s\n", command, error);
}

void command_shutdown(struct mux *m, int argc, char **args)
{
    (void)argc;
    end_machine(m, args[0], false);
}

void command_reboot(struct mux *m, int argc, char **args)
{
    (void)argc;
    end_machine(m, args[0], true);
}
