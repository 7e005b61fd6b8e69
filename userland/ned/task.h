// SPDX-License-Identifier: MIT
// Tasks that ned has started. A thread of its own answers their parent gates, so that a task can
// end while the main thread is busy with a script.
#pragma once

#include <l4/loader/loader.h>
#include <l4/srv/server.h>

enum task_state { TASK_INITIALIZING, TASK_RUNNING, TASK_ZOMBIE, TASK_KILLED };

// Who is told when a task has ended: the script, and the module that started the task for it.
enum task_handler { TASK_HANDLER_SCRIPT, TASK_HANDLER_MODULE, TASK_HANDLERS };

struct task {
    struct srv_object parent; // its gate: signals from the task
    struct task *next;
    enum task_state state;
    unsigned refs;            // handle, and the serving thread until the gate is gone
    bool gate_open;
    long exit_code;
    char *name;
    l4_cap_idx_t task, thread;
    int handler[TASK_HANDLERS]; // Lua references, each holds a reference to the task too; 0: none
};

// Create the serving thread. `event` is triggered for the main thread whenever a task ends. 0 or an
// error.
int tasks_init(l4_cap_idx_t event);

// A new task in state initializing, with one reference and its parent gate. NULL: out of memory.
struct task *task_create(char const *name);
void task_unref(struct task *t);

// Start succeeded: the loader's capabilities now belong to the task.
void task_started(struct task *t, struct loader_result const *res);

// Take a task down: nothing of it stays. Returns the state before.
enum task_state task_kill(struct task *t);

enum task_state task_state(struct task *t, long *exit_code);
unsigned tasks_running(void);
unsigned tasks_known(void); // also those that have ended and whose handle or exit handler somebody has

// Set the Lua reference of the exit handler. False if the task has ended already.
bool task_set_handler(struct task *t, enum task_handler who, int handler);

// The next ended task with an exit handler; the caller gets the handler and its reference to the
// task. NULL if there is none.
struct task *tasks_take_ended(int *handler);
