// SPDX-License-Identifier: MIT
// Serves files of rom/ as disks: read-only, or with what is written kept in memory; and disks that begin with zeros.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <l4/block/server.h>
#include <l4/sys/err.h>

#include "memory_disk.h"

enum { OPT_FILE = BLOCK_OPTION, OPT_WRITABLE, OPT_MEMORY };
enum { DISKS_MAX = 16, MIB_SECTORS = 2048, MEMORY_MIB_MAX = 1 << 20 };

static struct memory_disk disks[DISKS_MAX];
static unsigned num_disks;

// Says what is wrong, and returns false.
static bool refuse(char const *what, char const *why)
{
    fprintf(stderr, "disk '%s': %s\n", what, why);
    return false;
}

static bool add(char const *name, uint8_t const *base, uint64_t sectors, bool read_only)
{
    if (num_disks == DISKS_MAX)
        return refuse(name, "more than 16 disks");
    if (strlen(name) > BLOCK_NAME_MAX)
        return refuse(name, "a name has at most 39 characters");
    if (memory_disk_init(&disks[num_disks], name, base, sectors, read_only) < 0)
        return refuse(name, "no memory");
    num_disks++;
    return true;
}

// The disk is called as the file, without its folder.
static bool add_file(char const *path, bool read_only)
{
    char const *slash = strrchr(path, '/');
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse(path, strerror(errno));
    if (!st.st_size)
        return refuse(path, "the file is empty");
    void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return refuse(path, strerror(errno));
    close(fd);
    return add(slash ? slash + 1 : path, base, ((uint64_t)st.st_size + BLOCK_SECTOR - 1) / BLOCK_SECTOR, read_only);
}

// NAME:MIB
static bool add_memory(char const *text)
{
    char name[BLOCK_NAME_MAX + 1];
    char const *colon = strrchr(text, ':');
    char *end = NULL;
    long mib = colon ? strtol(colon + 1, &end, 10) : 0;
    if (mib < 1 || mib > MEMORY_MIB_MAX || *end || colon == text || colon - text > BLOCK_NAME_MAX)
        return refuse(text, "has to be NAME:MIB");
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = 0;
    return add(name, NULL, (uint64_t)mib * MIB_SECTORS, false);
}

static bool option(int value, char const *argument)
{
    return value == OPT_MEMORY ? add_memory(argument) : add_file(argument, value == OPT_FILE);
}

static bool start(struct srv *srv)
{
    (void)srv;
    for (unsigned i = 0; i < num_disks; i++)
        block_add_disk(&disks[i].disk);
    if (!num_disks)
        fprintf(stderr, "no disk: name one by --file FILE, --writable FILE or --memory NAME:MIB\n");
    return num_disks;
}

int main(int argc, char **argv)
{
    static struct option const options[] = {
        { "file", required_argument, NULL, OPT_FILE },
        { "writable", required_argument, NULL, OPT_WRITABLE },
        { "memory", required_argument, NULL, OPT_MEMORY },
        { 0 },
    };
    static struct block_driver const driver = {
        .what = "disks in memory", .options = options, .option = option, .start = start,
    };
    return block_main(&driver, argc, argv);
}
