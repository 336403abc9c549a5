// C++ exceptions that pass through functions which may be probed, at entry and at return.
#include "protocol.h"

#include <stdexcept>

static long alive;

struct Guard {
    Guard() { alive++; }
    ~Guard() { alive--; }
};

namespace shop {

KEEP long thrower(long depth)
{
    Guard guard;
    if (depth == 0)
        throw std::runtime_error("bottom");
    return thrower(depth - 1) + 1;
}

KEEP long rethrower(long depth)
{
    try {
        return thrower(depth);
    } catch (const std::runtime_error &) {
        throw std::logic_error("again");
    }
}

class Counter {
public:
    KEEP long add(long value) { return total += value; }
    long total = 0;
};

} // namespace shop

static void run_throw(long count, long depth, long)
{
    for (long i = 0; i < count; i++) {
        bool caught = false;
        try {
            shop::rethrower(depth);
        } catch (const std::logic_error &error) {
            caught = strcmp(error.what(), "again") == 0;
        }
        CHECK(caught);
        CHECK(alive == 0);
    }
}

static void run_add(long count, long, long)
{
    shop::Counter counter;
    for (long i = 0; i < count; i++)
        CHECK(counter.add(i) == i * (i + 1) / 2);
}

static const struct command commands[] = {{"throw", run_throw}, {"add", run_add}};

int main() { return serve(commands, 2); }
