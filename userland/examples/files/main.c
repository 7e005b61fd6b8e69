// SPDX-License-Identifier: MIT
// Files of the boot image under rom/, and small helpers of l4util.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <l4/util/atomic.h>
#include <l4/util/base64.h>
#include <l4/util/bitops.h>
#include <l4/util/list_alloc.h>
#include <l4/util/printf_helpers.h>
#include <l4/util/splitlog2.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"

#define FILE_NAME "rom/letter.txt"
static char const text[] = "a letter\n";

static void directory(void)
{
    int found = 0;
    DIR *dir = opendir("rom");
    CHECK(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        CHECK(e->d_type == DT_REG && e->d_name[0]);
        found += !strcmp(e->d_name, "letter.txt");
    }
    CHECK(found == 1);
    rewinddir(dir);
    CHECK(readdir(dir) && closedir(dir) == 0);
    CHECK(!opendir("nowhere") && errno == ENOENT);
    CHECK(!opendir("rom/letter.txt") && errno == ENOENT);
}

static void mapped_file(void)
{
    struct stat st;
    int fd = open(FILE_NAME, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == sizeof(text) - 1);
    char const *shared = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    char *copy = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(shared != MAP_FAILED && copy != MAP_FAILED);
    CHECK(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    CHECK(mmap(NULL, 2 * 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == ENXIO);
    CHECK(close(fd) == 0); // the mappings stay
    CHECK(!memcmp(shared, text, sizeof(text) - 1) && !memcmp(copy, text, sizeof(text) - 1));
    copy[0] = 'A';
    CHECK(shared[0] == 'a');
    CHECK(munmap(copy, (size_t)st.st_size) == 0 && munmap((void *)(uintptr_t)shared, (size_t)st.st_size) == 0);
    CHECK(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EBADF);
}

static void anonymous_memory(void)
{
    size_t size = 5 * 4096 + 1;
    unsigned char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < size; i++)
        CHECK(p[i] == 0);
    memset(p, 1, size);
    CHECK(munmap(p, 4096) == -1 && errno == EINVAL); // all of it, or nothing
    CHECK(munmap(p, size) == 0);
    CHECK(munmap(p, size) == -1 && errno == EINVAL);
    CHECK(mmap(p, size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOTSUP);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
}

static long add_piece(l4_addr_t start, l4_addr_t end, int order)
{
    CHECK(end - start + 1 == 1ul << order && (start & (end - start)) == 0);
    return 0;
}

static void helpers(void)
{
    char *coded = NULL, *back = NULL, size[16];
    base64_encode(text, sizeof(text) - 1, &coded);
    CHECK(coded && !strcmp(coded, "YSBsZXR0ZXIK"));
    base64_decode(coded, (unsigned)strlen(coded), &back);
    CHECK(back && !strcmp(back, text));
    free(coded);
    free(back);

    l4_umword_t bits[2] = {0, 0};
    l4util_set_bit(70, bits);
    CHECK(l4util_test_bit(70, bits) && l4util_find_first_set_bit(bits, 128) == 70 && l4util_bts(70, bits) == 1);
    CHECK(l4util_btr(70, bits) == 1 && l4util_find_first_set_bit(bits, 128) == 128);
    CHECK(l4util_next_power2(4097) == 13 && l4util_log2(4096) == 12);
    l4_uint32_t n = 5;
    CHECK(l4util_cmpxchg32(&n, 5, 6) && !l4util_cmpxchg32(&n, 5, 7) && l4util_add32_res(&n, 2) == 8);
    CHECK(l4util_splitlog2_hdl(0x3000, 0x8fff, add_piece) == 0 && l4util_splitlog2_hdl(2, 1, add_piece) == -L4_EINVAL);
    CHECK(l4util_human_readable_size(size, sizeof(size), 1536) > 0 && !strcmp(size, "1.5KiB"));

    static alignas(64) char pool[4096];
    l4la_free_t *heap = L4LA_INITIALIZER;
    l4la_free(&heap, pool, sizeof(pool));
    char *a = l4la_alloc(&heap, 100, 0), *b = l4la_alloc(&heap, 100, 9);
    CHECK(a && b && ((uintptr_t)b & 511) == 0 && !l4la_alloc(&heap, sizeof(pool), 0));
    l4la_free(&heap, a, 100);
    l4la_free(&heap, b, 100);
    CHECK(l4la_avail(&heap) == sizeof(pool) && l4la_alloc(&heap, sizeof(pool), 0) == pool);
}

int main(void)
{
    directory();
    mapped_file();
    anonymous_memory();
    helpers();
    puts("files: ok");
}
