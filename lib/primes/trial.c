/* Trial division, a chunk of numbers at a time, by all the workers of a server. */
#include "trial.h"

#include <stdbool.h>

#include "base/square_root.h"
#include "cancel.h"

/* Between two looks lie so many divisors of a number, or so many numbers of no more divisors: some
 * milliseconds where a division takes longest. */
#define DIVISORS_A_LOOK (UINT32_C(1) << 14)
#define NUMBERS_A_LOOK  64

static bool divides_one(uint64_t n, uint64_t first, uint64_t last)
{
    for (uint64_t divisor = first; divisor <= last; divisor++)
        if (n % divisor == 0)
            return true;
    return false;
}

static yoke_status test(uint64_t n, bool *prime)
{
    uint64_t root = square_root(n);
    uint64_t first = 2;
    for (; root >= first + DIVISORS_A_LOOK; first += DIVISORS_A_LOOK) {
        *prime = false;
        if (divides_one(n, first, first + DIVISORS_A_LOOK - 1))
            return YOKE_OK;
        yoke_status status = cancel_look();
        if (status != YOKE_OK)
            return status;
    }
    *prime = n >= 2 && !divides_one(n, first, root);
    return YOKE_OK;
}

yoke_status trial_range(uint64_t lo, uint64_t hi, struct totals *totals)
{
    yoke_status status = YOKE_OK;
    for (uint64_t n = lo; n < hi && status == YOKE_OK; n++) {
        bool prime;
        status = test(n, &prime);
        if (status == YOKE_OK && prime) {
            totals->count++;
            totals->sum += n;
        }
        if (status == YOKE_OK && n % NUMBERS_A_LOOK == 0)
            status = cancel_look();
    }
    return status;
}

/* `progress` may be NULL. */
static yoke_status do_chunk(const yoke_piece *piece, void *progress)
{
    yoke_status status = trial_range(piece->lo, piece->hi, piece->accumulator);
    if (status == YOKE_OK && progress)
        progress_add(progress, 1);
    return status;
}

/* Of a worker, since the numbers at the end cost more than those at the start. */
#define CHUNKS_A_WORKER 64

/* Numbers, which take longer than drawing a chunk. */
#define CHUNK_LEAST 100

yoke_status trial_totals(yoke_server *server, uint64_t lo, uint64_t hi, struct progress *progress,
                         struct totals *totals)
{
    uint64_t workers = server ? yoke_server_workers(server) : 1;
    uint64_t chunk = (hi - lo) / (CHUNKS_A_WORKER * (workers + 1)) + 1;
    yoke_loop loop = YOKE_LOOP(lo, hi, do_chunk, progress);
    loop.grain = chunk < CHUNK_LEAST ? CHUNK_LEAST : chunk;
    if (progress)
        progress_begin(progress, 0, (hi - lo - 1) / loop.grain + 1);
    return totals_of_chunks(server, &loop, totals);
}
