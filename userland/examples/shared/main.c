// SPDX-License-Identifier: MIT
// A producer fills a chunk of a shared area and signals it; a consumer takes what is there and signals that it is done. Two
// programs do it in the same way: what they have in common is the area's namespace, here `shared`.
#include <l4/re/thread.h>
#include <l4/shmc/shmc.h>
#include <pthread.h>
#include <string.h>

#include "../check.h"

enum { MESSAGES = 20, AREA_BYTES = 8192, CHUNK_BYTES = 1024 };

static void *producer(void *arg)
{
    l4shmc_area_t area;
    l4shmc_chunk_t chunk;
    l4shmc_signal_t ready, done;
    (void)arg;
    CHECK(l4shmc_attach("shared", &area) == 0);
    CHECK(l4shmc_add_chunk(&area, "letters", CHUNK_BYTES, &chunk) == 0);
    CHECK(l4shmc_add_chunk(&area, "letters", CHUNK_BYTES, &chunk) == -L4_EEXIST);
    CHECK(l4shmc_add_chunk(&area, "large", AREA_BYTES, &chunk) == -L4_ENOMEM);
    CHECK(l4shmc_get_chunk(&area, "letters", &chunk) == 0);
    CHECK(l4shmc_add_signal(&area, "ready", &ready) == 0);
    CHECK(l4shmc_connect_chunk_signal(&chunk, &ready) == 0);
    CHECK(l4shmc_attach_signal(&area, "done", l4re_thread_self(), &done) == 0);
    for (int i = 0; i < MESSAGES; i++) {
        while (l4shmc_chunk_try_to_take(&chunk) < 0)
            CHECK(l4shmc_wait_signal(&done) == 0);
        int n = snprintf(l4shmc_chunk_ptr(&chunk), CHUNK_BYTES, "letter %d", i);
        CHECK(l4shmc_chunk_ready(&chunk, CHUNK_BYTES + 1) == -L4_EINVAL);
        CHECK(l4shmc_chunk_ready_sig(&chunk, (l4_umword_t)n + 1) == 0);
    }
    return NULL;
}

static void *consumer(void *arg)
{
    l4shmc_area_t area;
    l4shmc_chunk_t chunk;
    l4shmc_signal_t ready, done;
    char expected[32];
    (void)arg;
    CHECK(l4shmc_attach_to("shared", 1000, &area) == 0);
    CHECK(l4shmc_add_signal(&area, "done", &done) == 0);
    CHECK(l4shmc_get_chunk_to(&area, "letters", 5000, &chunk) == 0);
    CHECK(l4shmc_attach_signal_to(&area, "ready", l4re_thread_self(), 5000, &ready) == 0);
    CHECK(l4shmc_connect_chunk_signal(&chunk, &ready) == 0);
    for (int i = 0; i < MESSAGES; i++) {
        CHECK(l4shmc_wait_chunk(&chunk) == 0);
        int n = snprintf(expected, sizeof(expected), "letter %d", i);
        CHECK(l4shmc_chunk_size(&chunk) == n + 1 && !strcmp(l4shmc_chunk_ptr(&chunk), expected));
        CHECK(l4shmc_chunk_consumed(&chunk) == 0);
        CHECK(l4shmc_trigger(&done) == 0);
    }
    CHECK(l4shmc_is_chunk_clear(&chunk) && l4shmc_check_magic(&chunk));
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    l4shmc_area_t area;
    l4shmc_chunk_t chunk;
    char const *name = NULL;
    CHECK(l4shmc_create("nowhere", AREA_BYTES) == -L4_ENOENT);
    CHECK(l4shmc_attach_to("shared", 20, &area) < 0);
    CHECK(l4shmc_create("shared", AREA_BYTES) == 0);
    CHECK(l4shmc_create("shared", AREA_BYTES) == -L4_EEXIST);
    CHECK(pthread_create(&threads[0], NULL, producer, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, consumer, NULL) == 0);
    CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);

    CHECK(l4shmc_attach("shared", &area) == 0);
    CHECK(l4shmc_iterate_chunk(&area, &name, 0) > 0 && !strcmp(name, "letters"));
    CHECK(l4shmc_area_size(&area) == AREA_BYTES);
    CHECK(l4shmc_area_size_free(&area) == AREA_BYTES - l4shmc_area_overhead() - l4shmc_chunk_overhead() - CHUNK_BYTES);
    CHECK(l4shmc_get_chunk_to(&area, "nothing", 20, &chunk) == -L4_ENOENT);
    puts("shared: ok");
}
