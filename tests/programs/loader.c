/* Loads and unloads a library while it runs: `load` (the path is the program's argument), `call N`, `unload`. */
#include "protocol.h"

#include <dlfcn.h>

static const char *path;
static void *handle;

static void load(long a, long b, long c)
{
    (void)a, (void)b, (void)c;
    handle = dlopen(path, RTLD_NOW);
    CHECK(handle != NULL);
}

static void call(long count, long b, long c)
{
    long (*function)(long) = (long (*)(long))dlsym(handle, "library_work");
    (void)b, (void)c;
    CHECK(function != NULL);
    for (long i = 0; i < count && function; i++)
        CHECK(function(i) == 5 * i);
}

static void unload(long a, long b, long c)
{
    (void)a, (void)b, (void)c;
    CHECK(dlclose(handle) == 0);
}

static const struct command commands[] = {{"load", load}, {"call", call}, {"unload", unload}};

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    path = argv[1];
    return serve(commands, 3);
}
