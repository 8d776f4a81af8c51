/* `yoke node`, `yoke nodes` and `yoke sum --cluster` as an operator runs them. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yoke/primes.h>
#include <yoke/version.h>

#include "../json.h"
#include "with_cluster.h"

#define PROGRAM YOKE_BUILD "/apps/yoke_cluster"

/* A file in the test's folder. */
static const char *file(const char *name)
{
    static char paths[16][128];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", cluster_folder(), name);
    return path;
}

static void set_environment(void)
{
    char servers[32];
    snprintf(servers, sizeof servers, "127.0.0.1:%d", cluster_port());
    setenv("YOKE_SERVERS", servers, 1);
    setenv("YOKE_CREDENTIALS", file("hub/credentials"), 1);
}

static void start(void)
{
    start_cluster();
    set_environment();
}

/* What a file holds now; good until the next call. */
static const char *text_of(const char *path)
{
    static char text[65536];
    FILE *stream = fopen(path, "r");
    size_t size = stream ? fread(text, 1, sizeof text - 1, stream) : 0;
    text[size] = '\0';
    if (stream)
        fclose(stream);
    return text;
}

/* Starts `yoke` with words that spaces part; its output goes to NAME.out, its log to NAME.log. */
static pid_t start_program(const char *name, const char *words)
{
    char copy[512], output[128], log[128], *word[32], *rest = copy;
    snprintf(copy, sizeof copy, PROGRAM " %s", words);
    snprintf(output, sizeof output, "%s/%s.out", cluster_folder(), name);
    snprintf(log, sizeof log, "%s/%s.log", cluster_folder(), name);
    size_t count = 0;
    while (count < 31 && (word[count] = strsep(&rest, " ")))
        count += word[count][0] != '\0';
    word[count] = NULL;
    pid_t program = fork();
    cr_assert_geq(program, 0);
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen(output, "w", stdout) && freopen(log, "w", stderr))
            execv(PROGRAM, word);
        _exit(127);
    }
    return program;
}

static int end_of(pid_t program)
{
    int status;
    cr_assert_eq(waitpid(program, &status, 0), program);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void wait_for(const char *name, const char *text)
{
    while (!strstr(text_of(file(name)), text))
        usleep(10000);
}

static pid_t start_yoke_node(const char *name, const char *options)
{
    char words[400], log[64];
    snprintf(words, sizeof words, "node --threads=1 --silence=2.5 --name=%s %s", name, options);
    snprintf(log, sizeof log, "%s.log", name);
    pid_t node = start_program(name, words);
    wait_for(log, "0 jobs taken");
    return node;
}

TestSuite(programs, .init = start, .fini = end_cluster, .timeout = 90);

Test(programs, a_node_leaves_when_there_is_nothing_to_do)
{
    pid_t node = start_yoke_node("idle", "--idle-exit=0.5");
    cr_assert_eq(end_of(node), 0);
    cr_assert(strstr(text_of(file("idle.log")), "idle for 0.5 s"));
}

Test(programs, a_node_waits_for_the_credentials_as_for_the_hub)
{
    char words[200];
    snprintf(words, sizeof words, "node --threads=1 --credentials=%s", file("later"));
    pid_t node = start_program("early", words);
    wait_for("early.log", "later\" are not there yet; `yoke hub` writes them where it runs; trying "
                          "again every second");
    cr_assert_eq(link(file("hub/credentials"), file("later")), 0);
    wait_for("early.log", "0 jobs taken");
    kill(node, SIGTERM);
    cr_assert_eq(end_of(node), 0);
    /* While it waits it can be told to leave. */
    unlink(file("later"));
    node = start_program("again", words);
    wait_for("again.log", "are not there yet");
    kill(node, SIGTERM);
    cr_assert_eq(end_of(node), 1);
}

Test(programs, one_node_holds_its_pid_file)
{
    char option[160], number[16];
    snprintf(option, sizeof option, "--pid-file=%s", file("pid"));
    pid_t node = start_yoke_node("first", option);
    snprintf(number, sizeof number, "%d\n", node);
    cr_assert_str_eq(text_of(file("pid")), number);
    char words[200];
    snprintf(words, sizeof words, "node %s", option);
    cr_assert_eq(end_of(start_program("second", words)), 1);
    cr_assert(strstr(text_of(file("second.log")), "another node holds it"));
    cr_assert_str_eq(text_of(file("pid")), number);
    cr_assert_eq(kill(node, SIGTERM), 0);
    cr_assert_eq(end_of(node), 0);
    cr_assert_neq(access(file("pid"), F_OK), 0, "the file is still there");
    /* What a dead node has left does not matter. */
    node = start_yoke_node("third", option);
    kill(node, SIGKILL);
    cr_assert_eq(end_of(node), 128 + SIGKILL);
    node = start_yoke_node("fourth", option);
    kill(node, SIGTERM);
    cr_assert_eq(end_of(node), 0);
}

Test(programs, a_node_says_what_it_is_asked)
{
    pid_t node = start_yoke_node("talker", "--log-level=debug");
    yoke_server *server = join("program");
    yoke_job *good = submit(server, "sum_primes", 0, 100);
    cr_assert_eq(yoke_job_wait(good, YOKE_SECONDS(30)), YOKE_OK);
    /* Nothing below 2^64 is beyond it, but no result has three bytes. */
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = "sum_primes";
    task.kernel_version = 1;
    task.result_size = 3;
    yoke_job *bad;
    cr_assert_eq(yoke_submit(server, &task, &bad), YOKE_OK);
    cr_assert_eq(yoke_job_wait(bad, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_state(bad), YOKE_STATE_FAILED);
    wait_for("talker.log", ".0: taken, for sum_primes\n");
    wait_for("talker.log", ".0: done after ");
    wait_for("talker.log", "expected an argument of 16 or 24 bytes and a result of 16\n");
    while (
        !strstr(text_of(file("talker.log")), "2 jobs taken, 2 reported, 0 active on 1 workers")) {
        cr_assert_eq(kill(node, SIGUSR1), 0);
        usleep(50000);
    }
    kill_hub();
    wait_for("talker.log", "the connection to the hub is lost; trying again\n");
    start_hub();
    wait_for("talker.log", "connected to a hub again");
    cr_assert_eq(kill(node, SIGTERM), 0);
    cr_assert_eq(end_of(node), 0);
    yoke_job_release(good);
    yoke_job_release(bad);
    leave(server);
}

Test(programs, a_node_writes_statistics_as_json)
{
    pid_t node = start_program("figures", "node --threads=1 --json");
    wait_for("figures.out", "\"taken\": 0, ");
    cr_assert_eq(kill(node, SIGUSR1), 0);
    while (strcmp(text_of(file("figures.out")), "") == 0 ||
           strchr(text_of(file("figures.out")), '\n')[1] == '\0')
        usleep(10000);
    cr_assert_eq(kill(node, SIGTERM), 0);
    cr_assert_eq(end_of(node), 0);
    char lines[4096], *rest = lines;
    snprintf(lines, sizeof lines, "%s", text_of(file("figures.out")));
    for (int i = 0; i < 3; i++) {
        char *line = strsep(&rest, "\n");
        cr_expect(line && json_is_valid(line), "line %d: %s", i, line);
    }
    cr_expect_str_empty(rest);
    cr_expect_str_empty(text_of(file("figures.log")));
}

/* Waiting for a hub that is gone for good, an operator's SIGTERM still counts. */
Test(programs, a_node_leaves_while_the_hub_is_away)
{
    pid_t node = start_yoke_node("node", "");
    kill_hub();
    wait_for("node.log", "is lost");
    cr_assert_eq(kill(node, SIGTERM), 0);
    cr_assert_eq(end_of(node), 0);
}

Test(programs, kernels_come_from_shared_objects)
{
    static const char source[] =
        "#include <yoke/cluster.h>\n"
        "static yoke_status twice(yoke_context *context, const void *argument, void *result)\n"
        "{\n"
        "    uint64_t value;\n"
        "    if (yoke_context_argument_size(context) != 16)\n"
        "        return YOKE_INVALID;\n"
        "    yoke_unpack_u64((const unsigned char *)argument + 8, &value);\n"
        "    yoke_pack_u64(yoke_pack_u64(result, 2 * value), 0);\n"
        "    return YOKE_OK;\n"
        "}\n"
        "yoke_status yoke_kernels(void);\n"
        "yoke_status yoke_kernels(void) { return yoke_kernel_register(\"twice\", 1, twice); }\n";
    FILE *stream = fopen(file("twice.c"), "w");
    cr_assert(stream && fputs(source, stream) >= 0 && fclose(stream) == 0);
    char command[512], option[160];
    snprintf(command, sizeof command, "cc -shared -fPIC -Iinclude -o %s %s", file("twice.so"),
             file("twice.c"));
    cr_assert_eq(system(command), 0);
    snprintf(option, sizeof option, "--kernels=%s", file("twice.so"));
    start_yoke_node("node", option);
    yoke_server *server = join("program");
    yoke_job *job = submit(server, "twice", 0, 21);
    unsigned char bytes[16];
    uint64_t value;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &value);
    cr_assert_eq(value, 42);
    yoke_job_release(job);
    leave(server);
}

/* ---- who is there ---------------------------------------------------------------------------- */

Test(programs, nodes_that_live_are_listed)
{
    cr_assert_eq(end_of(start_program("none", "nodes")), 0);
    cr_assert(strncmp(text_of(file("none.out")), "NODE ", 5) == 0);
    cr_assert_eq(end_of(start_program("none", "nodes --json")), 0);
    cr_assert_str_eq(text_of(file("none.out")), "[]\n");
    start_yoke_node("one", "");
    pid_t stopped = start_yoke_node("stopped", "");
    cr_assert_eq(end_of(start_program("both", "nodes")), 0);
    const char *text = text_of(file("both.out"));
    const char *one = strstr(text, "\none "), *other = strstr(text, "\nstopped ");
    cr_assert(one && other && one < other, "%s", text);
    cr_assert(strstr(one, " ms ") && strstr(one, yoke_version()) && strstr(one, "sum_primes.1"),
              "%s", text);
    cr_assert_eq(kill(stopped, SIGSTOP), 0);
    cr_assert_eq(end_of(start_program("left", "nodes --json")), 0);
    text = text_of(file("left.out"));
    cr_assert(json_is_valid(text), "%s", text);
    cr_assert(strstr(text, "\"name\": \"one\"") && strstr(text, "\"workers\": 1"), "%s", text);
    cr_assert(strstr(text, "\"latency_seconds\": 0."), "%s", text);
    cr_assert_not(strstr(text, "stopped"), "%s", text);
    kill(stopped, SIGKILL);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* A second of work, and a few pieces: much longer under a sanitizer on a busy machine. */
#define STOP      UINT64_C(10000000000)
#define STOP_TEXT "1e10"

static void assert_is_the_sum(const char *name)
{
    yoke_uint128 expected;
    char number[YOKE_UINT128_TEXT_SIZE + 1];
    cr_assert_eq(yoke_sum_primes(NULL, 0, STOP, NULL, &expected), YOKE_OK);
    yoke_uint128_text(expected, number);
    strcat(number, "\n");
    cr_assert_str_eq(text_of(file(name)), number);
}

Test(programs, sums_survive_nodes_and_hubs, .timeout = 240)
{
    pid_t doomed = start_yoke_node("doomed", "--log-level=debug");
    start_yoke_node("steady", "--log-level=debug");
    pid_t sum = start_program("sum", "sum --cluster " STOP_TEXT " --algorithm=sieve");
    wait_for("doomed.log", "done");
    cr_assert_eq(kill(doomed, SIGKILL), 0);
    wait_for("steady.log", "done");
    kill_hub();
    start_hub();
    cr_assert_eq(end_of(sum), 0, "%s", text_of(file("sum.log")));
    assert_is_the_sum("sum.out");
}

Test(programs, sums_go_on_where_they_were_stopped, .timeout = 240)
{
    char words[256];
    start_yoke_node("node", "--log-level=debug");
    snprintf(words, sizeof words, "sum --cluster " STOP_TEXT " --algorithm=sieve --checkpoint=%s",
             file("saved"));
    pid_t sum = start_program("sum", words);
    wait_for("node.log", ".1: done");
    cr_assert_eq(kill(sum, SIGINT), 0);
    cr_assert_eq(end_of(sum), 128 + SIGINT);
    cr_assert(strstr(text_of(file("saved")), "\ndone 0 "), "%s", text_of(file("saved")));
    cr_assert_eq(end_of(start_program("sum", words)), 1, "the file is there");
    strcat(words, " --resume");
    cr_assert_eq(end_of(start_program("again", words)), 0, "%s", text_of(file("again.log")));
    assert_is_the_sum("again.out");
    cr_assert(strstr(text_of(file("again.log")), "yoke: resuming from the checkpoint "));
    /* The whole is in the file: no node is asked. */
    cr_assert_eq(end_of(start_program("once", words)), 0);
    assert_is_the_sum("once.out");
    FILE *stream = fopen(file("saved"), "r+");
    cr_assert(stream && fseek(stream, 40, SEEK_SET) == 0 && fputc('7', stream) == '7');
    fclose(stream);
    cr_assert_eq(end_of(start_program("damaged", words)), 1);
    cr_assert(strstr(text_of(file("damaged.log")), "cannot be used"));
}

/* Killed, and started again with its name: what was done meanwhile, and before, is not done again.
 */
static void assert_named_run_goes_on(const char *more, int signal)
{
    char words[256], list[64];
    start_yoke_node("node", "--log-level=debug");
    snprintf(words, sizeof words, "sum --cluster " STOP_TEXT " --algorithm=sieve --name=run%s%s",
             *more ? " --checkpoint=" : "", *more ? file(more) : "");
    pid_t sum = start_program("sum", words);
    wait_for("node.log", ": done after");
    /* Nobody else may take the name now. */
    cr_assert_eq(end_of(start_program("second", words)), 1);
    cr_assert(*more || strstr(text_of(file("second.log")), "another program runs under the name"),
              "%s", text_of(file("second.log")));
    cr_assert_eq(kill(sum, signal), 0);
    cr_assert_eq(end_of(sum), 128 + signal);
    if (*more)
        strcat(words, " --resume");
    cr_assert_eq(end_of(start_program("again", words)), 0, "%s", text_of(file("again.log")));
    assert_is_the_sum("again.out");
    /* Each piece was run once. */
    int pieces = 0, runs = 0;
    const char *log = text_of(file("node.log"));
    for (const char *at = log; (at = strstr(at, ": done after")); at++)
        runs++;
    cr_assert_eq(
        end_of(start_program("json", "sum --cluster " STOP_TEXT " --algorithm=sieve --json")), 0);
    const char *count = strstr(text_of(file("json.out")), "\"pieces\": ");
    cr_assert(count && sscanf(count, "\"pieces\": %d", &pieces) == 1);
    snprintf(list, sizeof list, "%d pieces, %d runs", pieces, runs);
    cr_assert_eq(runs, pieces, "%s", list);
    yoke_cluster_options options = cluster_options("run");
    options.durable = true;
    yoke_server *server = join_as(options, 0);
    cr_assert_eq(counts_of(server).submitted, 0, "something is left");
    leave(server);
}

Test(programs, sums_with_a_name_go_on_after_a_kill, .timeout = 240)
{
    assert_named_run_goes_on("", SIGKILL);
}

Test(programs, sums_with_a_name_go_on_after_sigterm, .timeout = 240)
{
    assert_named_run_goes_on("", SIGTERM);
}

Test(programs, sums_with_a_name_and_a_checkpoint_go_on, .timeout = 240)
{
    assert_named_run_goes_on("saved", SIGKILL);
}
