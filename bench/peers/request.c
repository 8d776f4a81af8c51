/* Reads the command line of the benchmark: see request.h. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "plot/folder.h"

enum {
    OPTION_LIMIT,
    OPTION_HEIGHTS,
    OPTION_WIDTHS,
    OPTION_BELOW,
    OPTION_ISA,
    OPTION_PEER,
    OPTION_RUNS,
    OPTION_JSON,
    OPTION_PLOT,
    OPTION_HELP,
    OPTION_COUNT
};

/* Below that there is nothing to measure. */
#define LIMIT_LEAST 1000

/* A minute and a half of measuring on two cores. */
#define PLOT_HEIGHTS "0,1e12,1e15,1e18"
#define PLOT_WIDTHS  "1e5,1e6,1e7,1e8,1e9"

static const struct option options[OPTION_COUNT] = {
    [OPTION_LIMIT] = {"limit", 0, "N", 1,
                      "sum the primes below N, from 1000 up; the default:\n"
                      "the largest of 1e8, 1e9, 1e10 within a minute"},
    [OPTION_HEIGHTS] = {"heights", 0, "LIST", 1, HEIGHTS_HELP "0"},
    [OPTION_WIDTHS] = {"widths", 0, "LIST", 1, WIDTHS_HELP},
    [OPTION_BELOW] = {"below", 0, "LIST", 1, BELOW_HELP},
    [OPTION_ISA] = {"isa", 0, "LIST", 1,
                    "compare instruction sets, as in portable,avx2, or all\n"
                    "that this processor can run; the default is the best"},
    [OPTION_PEER] = {"peer", 0, "NAME=COMMAND", 1, PEER_HELP},
    [OPTION_RUNS] = {"runs", 0, "N", 1, "run everything N times, 1 to 1000; the default is 5"},
    [OPTION_JSON] = {"json", 0, "FILE", 1, "write the results to FILE as well"},
    [OPTION_PLOT] = {"plot", 0, "[DIR]", 1,
                     PLOT_HELP "; alone it takes\nheights and widths that make good pictures"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

void request_print_help(void)
{
    printf("Usage: sum_primes_bench [OPTION]...\n"
           "Compares ways to sum primes, all in turn, round after round.\n"
           "OMP_NUM_THREADS sets the largest number of workers.\n\n");
    arguments_print_help(&table, 1, stdout);
    printf(
        "\nExamples:\n"
        "  sum_primes_bench --heights=all --widths=1e9\n"
        "  sum_primes_bench --isa=all --limit=1e10\n"
        "  sum_primes_bench --plot           then open plots/index.html\n"
        "  sum_primes_bench --heights=1e18 --widths=1e4,1e6 \\\n"
        "      --peer='primesieve[avx2]=primesieve {lo} {last} -t{threads} -q'\n"
        "  sum_primes_bench --below=1e14,1e16 --isa=avx2 \\\n"
        "      --peer='primesum[avx2]=primesum {last} -t{threads}' \\\n"
        "      --peer='primecount[avx2]=primecount {last} -t{threads}'\n"
        "Peers with {lo} take part in the rows of sieves, and those without in the rows from 0 on "
        "and\nin those of --below.\n");
}

static int read_limit(const char *text, uint64_t *limit)
{
    expression_integer value;
    if (!value_bound("--limit", text, &value))
        return EXIT_USAGE;
    if (value < LIMIT_LEAST || value > UINT64_MAX)
        return report_usage("--limit \"%.60s\" must lie between %d and 2^64 - 1", text,
                            LIMIT_LEAST);
    *limit = (uint64_t)value;
    return 0;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Whether there is a row that the peer can take part in. */
static bool has_row(const struct request *request, const struct peer *peer)
{
    bool any = request->limit || (!request->rows && !request->belows);
    for (unsigned row = 0; row < request->rows; row++)
        any = any || peer_takes_part(peer, request->row[row], false);
    for (unsigned row = 0; row < request->belows; row++)
        any = any || peer_takes_part(peer, request->below[row], true);
    return any;
}

static int read_peers(struct request *request, const struct arguments *arguments)
{
    int status = 0;
    for (size_t i = 0; i < arguments->givens && !status; i++) {
        if (arguments->given[i].option != OPTION_PEER)
            continue;
        if (request->peers == PEERS_MAX)
            return report_usage("more than %d peers", PEERS_MAX);
        struct peer *peer = &request->peer[request->peers++];
        status = peer_read(peer, arguments->given[i].value);
        if (status || has_row(request, peer))
            continue;
        if (request->rows)
            return report_usage("--peer: without {lo} the command of \"%s\" does not know where to "
                                "start; add {lo}, or leave --heights out",
                                peer->name);
        return report_usage("--peer: the command of \"%s\" has {lo}, as for a sieve, but rows of "
                            "--below start at 0; leave {lo} out",
                            peer->name);
    }
    return status;
}

static int read_rows(struct request *request, const char *heights, const char *widths,
                     const char *limit, const char *below)
{
    if (limit && (heights || widths))
        return report_usage("--limit=N sums below N; with --heights or --widths leave it out");
    if (below && !(request->belows = rows_make_below(below, request->below)))
        return EXIT_USAGE;
    if (limit)
        return read_limit(limit, &request->limit);
    if (request->plot && !below && !heights && !widths) {
        heights = PLOT_HEIGHTS;
        widths = PLOT_WIDTHS;
    }
    if (heights || widths)
        request->rows = rows_make(heights, widths, request->row);
    return (heights || widths) && !request->rows ? EXIT_USAGE : 0;
}

int request_read(struct request *request, char **words)
{
    *request = (struct request){.rounds = 5};
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, words);
    if (status)
        return status;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    request->json = arguments.value[OPTION_JSON];
    if (arguments.value[OPTION_PLOT])
        request->plot = folder_name(arguments.value[OPTION_PLOT]);
    request->help = arguments.value[OPTION_HELP];

    const char *isa = arguments.value[OPTION_ISA];
    if (!rounds_read(arguments.value[OPTION_RUNS], &request->rounds))
        return EXIT_USAGE;
    status = read_rows(request, arguments.value[OPTION_HEIGHTS], arguments.value[OPTION_WIDTHS],
                       arguments.value[OPTION_LIMIT], arguments.value[OPTION_BELOW]);
    if (!status && isa)
        status = isas_read(&request->isas, isa);
    return status ? status : read_peers(request, &arguments);
}
