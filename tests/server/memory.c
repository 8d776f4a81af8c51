/* What jobs leave behind of the memory that they took. */
#include "random.h"
#include "server/jobs/slab.h"
#include "with_server.h"

/* ---- slabs ----------------------------------------------------------------------------------- */

enum { BLOCKS = 60000, ROUNDS = 6 };

/* Blocks that are taken and given back in any order are apart, aligned, and hold what was written.
 */
Test(server_memory, slabs_give_blocks_of_their_own, .timeout = 60)
{
    struct slabs slabs = {0};
    static uint32_t *blocks[BLOCKS];
    uint64_t state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < BLOCKS; i++)
            if (!blocks[i]) {
                blocks[i] = slab_take(&slabs);
                cr_assert_not_null(blocks[i]);
                cr_assert_eq((uintptr_t)blocks[i] % SLAB_BLOCK, 0);
                for (unsigned word = 0; word < SLAB_BLOCK / 4; word++)
                    blocks[i][word] = i;
            }
        cr_assert_eq(slabs.blocks, BLOCKS);
        for (unsigned i = 0; i < BLOCKS; i++) {
            if (round < ROUNDS - 1 && random_next(&state) % 3)
                continue;
            for (unsigned word = 0; word < SLAB_BLOCK / 4; word++)
                cr_assert_eq(blocks[i][word], i);
            slab_give(&slabs, blocks[i]);
            blocks[i] = NULL;
        }
    }
    cr_assert_eq(slabs.blocks, 0);
    cr_assert_eq(slabs.used_count, 0);
    cr_assert_null(slabs.partial);
    slab_unmap(slab_surplus(&slabs, true));
    cr_assert_eq(slabs.empty_count, 0);
}

/* ---- floods ---------------------------------------------------------------------------------- */

static long resident_megabytes(void)
{
    long size, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_not_null(file);
    cr_assert_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE) >> 20;
}

enum { JOBS = 1000000, KEPT = 1000 }; /* some 244 MB */

/* A flood that is held up until all of it is queued. Every KEPT-th handle is kept until the end. */
static void flood(yoke_server *server, yoke_job **kept)
{
    struct gate gate = {0};
    yoke_job *first = submit_gate(server, &gate);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(yoke_submit(server, &task, kept && i % KEPT == 0 ? &kept[i / KEPT] : NULL),
                     YOKE_OK);
    cr_assert_gt(resident_megabytes(), 200);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(first);
}

Test(server_memory, of_a_flood_goes_back_to_the_system, .timeout = 60)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("AddressSanitizer keeps what was freed");
#endif
    yoke_server *server = open_server(1);
    long before = resident_megabytes();
    flood(server, NULL);
    cr_expect_lt(resident_megabytes() - before, 80);
    static yoke_job *kept[JOBS / KEPT];
    flood(server, kept);
    for (int i = 0; i < JOBS / KEPT; i++)
        yoke_job_release(kept[i]);
    yoke_server_release(server);
    cr_expect_lt(resident_megabytes() - before, 10);
}
