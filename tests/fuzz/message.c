/* Messages of the cluster: every reader sees every input. */
#include <string.h>

#include "cluster/transport/wire.h"
#include "fuzz.h"

static void read_jobs(const void *data, size_t size)
{
    char client[WIRE_CLIENT_SIZE];
    struct wire_reader reader;
    struct wire_job job;
    size_t parts = wire_jobs_open(&reader, client, data, size), read = 0;
    while (parts && wire_job_next(&reader, &job)) {
        EXPECT(job.argument_size <= size);
        read++;
    }
    EXPECT(read == parts);
}

static void read_results(const void *data, size_t size)
{
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    struct wire_reader reader;
    struct wire_result result;
    size_t parts = wire_results_open(&reader, node, data, size), read = 0;
    while (parts && wire_result_next(&reader, &result)) {
        EXPECT(result.size <= size && memchr(result.message, '\0', sizeof result.message));
        EXPECT(result.output_size <= size);
        read++;
    }
    EXPECT(read == parts);
}

static void read_rest(const void *data, size_t size)
{
    struct wire_started started;
    if (wire_started_read(&started, data, size))
        EXPECT(started.count <= size && wire_name_valid(started.node, YOKE_CLUSTER_NAME_MAX));
    struct wire_progress progress;
    if (wire_progress_read(&progress, data, size))
        EXPECT(progress.count > 0 && progress.count <= size / WIRE_PROGRESS_SIZE);
    struct wire_entry entry;
    if (wire_entry_read(&entry, data, size))
        EXPECT(memchr(entry.channel, '\0', sizeof entry.channel) &&
               entry.result_size <= WIRE_SIZE_MAX);
    struct wire_info info;
    if (wire_info_read(&info, data, size))
        EXPECT(memchr(info.kernels, '\0', sizeof info.kernels));
}

static void read_id(const uint8_t *data, size_t size)
{
    char id[WIRE_ID_SIZE + 8] = "", client[WIRE_CLIENT_SIZE], again[WIRE_ID_SIZE];
    uint64_t sequence;
    memcpy(id, data, size < sizeof id ? size : sizeof id - 1);
    if (wire_id_read(id, client, &sequence)) {
        wire_id_write(again, client, sequence);
        EXPECT(strcmp(again, id) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_jobs(data, size);
    read_results(data, size);
    read_rest(data, size);
    read_id(data, size);
    return 0;
}
