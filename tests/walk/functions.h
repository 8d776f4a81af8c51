/* Every public function of libyoke, each of which the walk calls: a test compares this list with
 * lib/yoke.map, and a walk that is long enough fails when it has left one out. */
#ifndef WALK_FUNCTIONS_H
#define WALK_FUNCTIONS_H

#include "yoke/executor.h"
#include "yoke/group.h"
#include "yoke/yoke.h"

#define FUNCTIONS(F)                                                                               \
    F(yoke_context_after)                                                                          \
    F(yoke_context_argument_size)                                                                  \
    F(yoke_context_cancelled)                                                                      \
    F(yoke_context_fail)                                                                           \
    F(yoke_context_input)                                                                          \
    F(yoke_context_place)                                                                          \
    F(yoke_context_print)                                                                          \
    F(yoke_context_progress)                                                                       \
    F(yoke_context_result_size)                                                                    \
    F(yoke_context_scratch)                                                                        \
    F(yoke_context_server)                                                                         \
    F(yoke_context_try)                                                                            \
    F(yoke_context_worker)                                                                         \
    F(yoke_count_primes)                                                                           \
    F(yoke_count_primes_wide)                                                                      \
    F(yoke_dot)                                                                                    \
    F(yoke_error_set)                                                                              \
    F(yoke_exact_add)                                                                              \
    F(yoke_exact_add_array)                                                                        \
    F(yoke_exact_add_products)                                                                     \
    F(yoke_exact_merge)                                                                            \
    F(yoke_exact_read)                                                                             \
    F(yoke_exact_round)                                                                            \
    F(yoke_exact_write)                                                                            \
    F(yoke_executor_adopt)                                                                         \
    F(yoke_executor_await)                                                                         \
    F(yoke_executor_begin)                                                                         \
    F(yoke_executor_end)                                                                           \
    F(yoke_executor_open)                                                                          \
    F(yoke_executor_progress)                                                                      \
    F(yoke_executor_stopped)                                                                       \
    F(yoke_executor_take)                                                                          \
    F(yoke_executor_wake)                                                                          \
    F(yoke_for_each)                                                                               \
    F(yoke_fork)                                                                                   \
    F(yoke_fork_look)                                                                              \
    F(yoke_forks_cancelled)                                                                        \
    F(yoke_forks_here)                                                                             \
    F(yoke_frame_is_mine)                                                                          \
    F(yoke_group_cancel)                                                                           \
    F(yoke_group_open)                                                                             \
    F(yoke_group_release)                                                                          \
    F(yoke_group_submit)                                                                           \
    F(yoke_group_wait)                                                                             \
    F(yoke_histogram)                                                                              \
    F(yoke_job_busy)                                                                               \
    F(yoke_job_cancel)                                                                             \
    F(yoke_job_message)                                                                            \
    F(yoke_job_output)                                                                             \
    F(yoke_job_progress)                                                                           \
    F(yoke_job_release)                                                                            \
    F(yoke_job_result)                                                                             \
    F(yoke_job_result_view)                                                                        \
    F(yoke_job_state)                                                                              \
    F(yoke_job_status)                                                                             \
    F(yoke_job_wait)                                                                               \
    F(yoke_join)                                                                                   \
    F(yoke_join_call)                                                                              \
    F(yoke_join_look)                                                                              \
    F(yoke_last_error)                                                                             \
    F(yoke_log)                                                                                    \
    F(yoke_log_set)                                                                                \
    F(yoke_map)                                                                                    \
    F(yoke_map_iterator_next)                                                                      \
    F(yoke_map_iterator_open)                                                                      \
    F(yoke_map_iterator_release)                                                                   \
    F(yoke_map_reduce)                                                                             \
    F(yoke_part_read)                                                                              \
    F(yoke_max)                                                                                    \
    F(yoke_min)                                                                                    \
    F(yoke_norm2)                                                                                  \
    F(yoke_parallel_for)                                                                           \
    F(yoke_parallel_reduce)                                                                        \
    F(yoke_parallel_scan)                                                                          \
    F(yoke_piece_cancelled)                                                                        \
    F(yoke_pipeline)                                                                               \
    F(yoke_plan_primes)                                                                            \
    F(yoke_plan_primes_wide)                                                                       \
    F(yoke_prime_iterator_next)                                                                    \
    F(yoke_prime_iterator_open)                                                                    \
    F(yoke_prime_iterator_release)                                                                 \
    F(yoke_primes_isa)                                                                             \
    F(yoke_run)                                                                                    \
    F(yoke_scan)                                                                                   \
    F(yoke_server_close)                                                                           \
    F(yoke_server_collect)                                                                         \
    F(yoke_server_get_place_statistics)                                                            \
    F(yoke_server_get_statistics)                                                                  \
    F(yoke_server_open)                                                                            \
    F(yoke_server_print_statistics)                                                                \
    F(yoke_server_print_statistics_json)                                                           \
    F(yoke_server_release)                                                                         \
    F(yoke_server_resize)                                                                          \
    F(yoke_server_wait)                                                                            \
    F(yoke_server_workers)                                                                         \
    F(yoke_server_write_trace)                                                                     \
    F(yoke_state_text)                                                                             \
    F(yoke_status_text)                                                                            \
    F(yoke_submit)                                                                                 \
    F(yoke_sum)                                                                                    \
    F(yoke_sum_first_primes)                                                                       \
    F(yoke_sum_primes)                                                                             \
    F(yoke_sum_primes_wide)                                                                        \
    F(yoke_topology_binding)                                                                       \
    F(yoke_topology_count)                                                                         \
    F(yoke_topology_draw)                                                                          \
    F(yoke_topology_node)                                                                          \
    F(yoke_topology_open)                                                                          \
    F(yoke_topology_place)                                                                         \
    F(yoke_topology_print)                                                                         \
    F(yoke_topology_reason)                                                                        \
    F(yoke_topology_release)                                                                       \
    F(yoke_topology_workers)                                                                       \
    F(yoke_try_submit)                                                                             \
    F(yoke_uint128_text)                                                                           \
    F(yoke_uint256_text)                                                                           \
    F(yoke_version)                                                                                \
    F(yoke_wait_all)                                                                               \
    F(yoke_wait_any)

enum function {
#define FUNCTION_NUMBER(name) CALLED_##name,
    FUNCTIONS(FUNCTION_NUMBER)
#undef FUNCTION_NUMBER
        FUNCTION_COUNT
};

#endif
