! Yoke for Fortran 2008: the C interface, by iso_c_binding. The C headers are the manual; names are
! theirs. Compile this file along with the program:
!
!     gfortran -fopenmp $(pkg-config --variable=fortran yoke) program.f90 $(pkg-config --libs yoke)
!
! - A handle is a type(c_ptr), passed by reference where the call opens it, else by value.
! - Start a type(yoke_task) from yoke_task_init(), and the options from theirs.
! - Fortran has no unsigned integers, and none is wrapped: there are no primes below 0, a loop may
!   begin there, and bounds above 2^63 - 1 are for the calls whose names end in _wide. What the
!   library tells beyond that is negative here, as in int(Z'...'). A yoke_uint128 or yoke_uint256 is
!   read by yoke_text(); the bounds of the wide calls are yoke_uint128: 10**20 is yoke_uint128(lo=7766279631452241920_c_int64_t, hi=5).
! - A kernel is a function with bind(c) whose interface is yoke_kernel; task%kernel is its c_funloc().
!
! Not here, because their arguments are not fixed, which Fortran cannot call: yoke_context_fail (a
! kernel returns the status of the yoke call that failed in it, whose error is then its job's message,
! or another one), yoke_context_print, yoke_error_set, yoke_log. For programs in C, or the tool:
! yoke_log_set, yoke_topology_* (`yoke topology`), yoke_executor_*. For programs in C so far:
! yoke_parallel_*, yoke_piece_cancelled, yoke_map*, yoke_pipeline, yoke_sum, yoke_dot, yoke_norm2,
! yoke_min, yoke_max, yoke_histogram, yoke_scan, yoke_exact_*.
!
! yoke_cluster.f90 has the jobs of a server run on other machines, too.
module yoke
    use, intrinsic :: iso_c_binding
    use, intrinsic :: iso_fortran_env, only: output_unit
    implicit none
    public

    enum, bind(c) ! yoke_status
        enumerator :: YOKE_OK = 0, YOKE_INVALID, YOKE_NO_MEMORY, YOKE_NO_THREADS, YOKE_CLOSED, &
            YOKE_FORKED, YOKE_TIMED_OUT, YOKE_DEADLOCK, YOKE_NOT_DONE, YOKE_SIZE_MISMATCH, &
            YOKE_JOB_FAILED, YOKE_CANCELLED, YOKE_OVERFLOW, YOKE_WOULD_BLOCK, YOKE_SYSTEM, YOKE_LOST
    end enum
    enum, bind(c) ! yoke_state
        enumerator :: YOKE_STATE_QUEUED = 0, YOKE_STATE_RUNNING, YOKE_STATE_DONE, &
            YOKE_STATE_FAILED, YOKE_STATE_CANCELLED, YOKE_STATE_TIMED_OUT, YOKE_STATE_LOST
    end enum
    enum, bind(c) ! yoke_algorithm
        enumerator :: YOKE_ALGORITHM_AUTO = 0, YOKE_ALGORITHM_SIEVE, YOKE_ALGORITHM_TRIAL, &
            YOKE_ALGORITHM_COMBINATORIAL
    end enum
    enum, bind(c) ! yoke_after_policy
        enumerator :: YOKE_AFTER_CANCEL = 0, YOKE_AFTER_FAIL, YOKE_AFTER_RUN
    end enum
    enum, bind(c) ! yoke_trace_format
        enumerator :: YOKE_TRACE_CHROME = 0, YOKE_TRACE_SVG
    end enum

    ! Times are in nanoseconds.
    integer(c_int64_t), parameter :: YOKE_FOREVER = -1

    integer(c_int), parameter :: YOKE_WORKERS_ALL = huge(0_c_int)

    type, bind(c) :: yoke_uint128
        integer(c_int64_t) :: lo = 0, hi = 0
    end type

    type, bind(c) :: yoke_uint256
        integer(c_int64_t) :: word(4) = 0
    end type

    type, bind(c) :: yoke_task
        integer(c_size_t) :: size = 0
        type(c_funptr) :: kernel = c_null_funptr
        type(c_ptr) :: name = c_null_ptr
        type(c_ptr) :: argument = c_null_ptr
        integer(c_size_t) :: argument_size = 0, result_size = 0
        type(c_funptr) :: callback = c_null_funptr
        type(c_ptr) :: callback_context = c_null_ptr
        integer(c_int) :: priority = 0
        type(c_ptr) :: place = c_null_ptr
        integer(c_int64_t) :: time_limit = 0, deadline = 0
        type(c_ptr) :: after = c_null_ptr
        integer(c_size_t) :: after_count = 0
        integer(c_int) :: after_failed = YOKE_AFTER_CANCEL, tries = 0
        type(c_ptr) :: result = c_null_ptr
        type(c_ptr) :: kernel_name = c_null_ptr
        integer(c_int) :: kernel_version = 0, deliveries = 0
        type(c_ptr) :: node = c_null_ptr, key = c_null_ptr
        type(c_ptr) :: reads = c_null_ptr ! arrays of c_loc(...)
        integer(c_size_t) :: read_count = 0
        type(c_ptr) :: writes = c_null_ptr
        integer(c_size_t) :: write_count = 0
    end type

    type, bind(c) :: yoke_server_options
        integer(c_size_t) :: size = 0
        integer(c_int) :: workers = 0
        logical(c_bool) :: trace = .false.
        integer(c_size_t) :: queue_capacity = 0
        type(c_ptr) :: bind = c_null_ptr
        type(c_ptr) :: cluster = c_null_ptr
    end type

    type, bind(c) :: yoke_primes_options
        integer(c_size_t) :: size = 0
        integer(c_int) :: algorithm = YOKE_ALGORITHM_AUTO
        type(c_funptr) :: progress = c_null_funptr
        type(c_ptr) :: progress_context = c_null_ptr
        type(c_ptr) :: checkpoint = c_null_ptr
        integer(c_int64_t) :: checkpoint_interval = 0
        logical(c_bool) :: resume = .false., double_check = .false.
        type(c_ptr) :: isa = c_null_ptr
        type(c_ptr) :: cancel = c_null_ptr ! of a logical(c_bool), volatile
    end type

    type, bind(c) :: yoke_primes_plan
        integer(c_int) :: algorithm = YOKE_ALGORITHM_AUTO
        real(c_double) :: seconds = 0
        character(kind=c_char) :: reason(256) = c_null_char
    end type

    type, bind(c) :: yoke_server_statistics
        integer(c_size_t) :: size = 0
        integer(c_int64_t) :: submitted = 0, queued = 0, running = 0, done = 0, failed = 0, &
            cancelled = 0, timed_out = 0, lost = 0, retried = 0, callbacks_failed = 0
        integer(c_int) :: workers = 0, nodes = 0
        integer(c_int64_t) :: busy = 0, elapsed = 0
    end type

    type, bind(c) :: yoke_place_statistics
        integer(c_size_t) :: size = 0
        character(kind=c_char) :: place(40) = c_null_char
        integer(c_int) :: workers = 0
        integer(c_int64_t) :: ended = 0, done = 0, failed = 0, cancelled = 0, timed_out = 0, &
            lost = 0, retried = 0, busy = 0
    end type

    abstract interface
        function yoke_kernel(context, argument, result) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: context, argument, result
            integer(c_int) :: status
        end function
        function yoke_callback(job, context) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: job, context
            integer(c_int) :: status
        end function
        subroutine yoke_job_visit(key, job, context) bind(c)
            import :: c_ptr
            type(c_ptr), value :: key, job, context
        end subroutine
        function yoke_range_kernel(lo, hi, argument) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t
            integer(c_int64_t), value :: lo, hi
            type(c_ptr), value :: argument
            integer(c_int) :: status
        end function
    end interface

    interface
        ! ---- status.h and version.h
        function yoke_status_text(status) bind(c)
            import :: c_ptr, c_int
            integer(c_int), value :: status
            type(c_ptr) :: yoke_status_text
        end function
        function yoke_state_text(state) bind(c)
            import :: c_ptr, c_int
            integer(c_int), value :: state
            type(c_ptr) :: yoke_state_text
        end function
        function yoke_last_error() bind(c)
            import :: c_ptr
            type(c_ptr) :: yoke_last_error
        end function
        function yoke_version() bind(c)
            import :: c_ptr
            type(c_ptr) :: yoke_version
        end function

        ! ---- server.h: inside a kernel
        function yoke_context_server(context) bind(c)
            import :: c_ptr
            type(c_ptr), value :: context
            type(c_ptr) :: yoke_context_server
        end function
        function yoke_context_worker(context) bind(c)
            import :: c_ptr, c_int
            type(c_ptr), value :: context
            integer(c_int) :: yoke_context_worker
        end function
        function yoke_context_place(context) bind(c)
            import :: c_ptr
            type(c_ptr), value :: context
            type(c_ptr) :: yoke_context_place
        end function
        function yoke_context_after(context, index) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: context
            integer(c_size_t), value :: index
            type(c_ptr) :: yoke_context_after
        end function
        function yoke_context_input(context, index, size) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: context
            integer(c_size_t), value :: index ! counts from 0
            integer(c_size_t), intent(out) :: size
            type(c_ptr) :: yoke_context_input
        end function
        function yoke_context_scratch(context, size) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: context
            integer(c_size_t), value :: size
            type(c_ptr) :: yoke_context_scratch
        end function
        function yoke_context_argument_size(context) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: context
            integer(c_size_t) :: yoke_context_argument_size
        end function
        function yoke_context_result_size(context) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: context
            integer(c_size_t) :: yoke_context_result_size
        end function
        function yoke_context_cancelled(context) bind(c)
            import :: c_ptr, c_bool
            type(c_ptr), value :: context
            logical(c_bool) :: yoke_context_cancelled
        end function
        function yoke_context_try(context) bind(c)
            import :: c_ptr, c_int
            type(c_ptr), value :: context
            integer(c_int) :: yoke_context_try
        end function
        subroutine yoke_context_progress(context, done, total) bind(c)
            import :: c_ptr, c_int64_t
            type(c_ptr), value :: context
            integer(c_int64_t), value :: done, total
        end subroutine

        ! ---- server.h: servers
        function yoke_server_open(options, server) bind(c) result(status)
            import :: c_ptr, c_int, yoke_server_options
            type(yoke_server_options), intent(in) :: options
            type(c_ptr), intent(inout) :: server
            integer(c_int) :: status
        end function
        function yoke_server_close(server) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server
            integer(c_int) :: status
        end function
        subroutine yoke_server_release(server) bind(c)
            import :: c_ptr
            type(c_ptr), value :: server
        end subroutine
        function yoke_server_resize(server, workers) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server
            integer(c_int), value :: workers
            integer(c_int) :: status
        end function
        function yoke_server_workers(server) bind(c)
            import :: c_ptr, c_int
            type(c_ptr), value :: server
            integer(c_int) :: yoke_server_workers
        end function
        function yoke_server_wait(server, timeout) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t
            type(c_ptr), value :: server
            integer(c_int64_t), value :: timeout
            integer(c_int) :: status
        end function
        function yoke_server_collect(server, visit, context) bind(c) result(status)
            import :: c_ptr, c_int, c_funptr
            type(c_ptr), value :: server, context
            type(c_funptr), value :: visit ! c_funloc() of a yoke_job_visit
            integer(c_int) :: status
        end function
        function yoke_server_get_statistics(server, statistics) bind(c) result(status)
            import :: c_ptr, c_int, yoke_server_statistics
            type(c_ptr), value :: server
            type(yoke_server_statistics), intent(inout) :: statistics
            integer(c_int) :: status
        end function
        function yoke_server_get_place_statistics(server, index, statistics) bind(c) result(status)
            import :: c_ptr, c_int, yoke_place_statistics
            type(c_ptr), value :: server
            integer(c_int), value :: index ! counts from 0
            type(yoke_place_statistics), intent(inout) :: statistics
            integer(c_int) :: status
        end function
        function yoke_submit(server, task, job) bind(c) result(status)
            import :: c_ptr, c_int, yoke_task
            type(c_ptr), value :: server
            type(yoke_task), intent(in) :: task
            type(c_ptr), intent(inout) :: job
            integer(c_int) :: status
        end function
        function yoke_try_submit(server, task, job) bind(c) result(status)
            import :: c_ptr, c_int, yoke_task
            type(c_ptr), value :: server
            type(yoke_task), intent(in) :: task
            type(c_ptr), intent(inout) :: job
            integer(c_int) :: status
        end function
        function yoke_run(server, task, result) bind(c) result(status)
            import :: c_ptr, c_int, yoke_task
            type(c_ptr), value :: server
            type(yoke_task), intent(in) :: task
            type(c_ptr), value :: result
            integer(c_int) :: status
        end function

        ! ---- server.h: jobs
        function yoke_job_wait(job, timeout) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t
            type(c_ptr), value :: job
            integer(c_int64_t), value :: timeout
            integer(c_int) :: status
        end function
        function yoke_job_result(job, result, size) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t
            type(c_ptr), value :: job, result
            integer(c_size_t), value :: size
            integer(c_int) :: status
        end function
        function yoke_job_result_view(job, result, size) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t
            type(c_ptr), value :: job
            type(c_ptr), intent(inout) :: result
            integer(c_size_t), intent(inout) :: size
            integer(c_int) :: status
        end function
        function yoke_job_cancel(job) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: job
            integer(c_int) :: status
        end function
        function yoke_job_state(job) bind(c)
            import :: c_ptr, c_int
            type(c_ptr), value :: job
            integer(c_int) :: yoke_job_state
        end function
        function yoke_job_status(job) bind(c)
            import :: c_ptr, c_int
            type(c_ptr), value :: job
            integer(c_int) :: yoke_job_status
        end function
        function yoke_job_message(job) bind(c)
            import :: c_ptr
            type(c_ptr), value :: job
            type(c_ptr) :: yoke_job_message
        end function
        subroutine yoke_job_progress(job, done, total) bind(c)
            import :: c_ptr, c_int64_t
            type(c_ptr), value :: job
            integer(c_int64_t), intent(inout) :: done, total
        end subroutine
        function yoke_job_busy(job) bind(c) result(nanoseconds)
            import :: c_ptr, c_int64_t
            type(c_ptr), value :: job
            integer(c_int64_t) :: nanoseconds
        end function
        function yoke_job_output(job) bind(c)
            import :: c_ptr
            type(c_ptr), value :: job
            type(c_ptr) :: yoke_job_output
        end function
        subroutine yoke_job_release(job) bind(c)
            import :: c_ptr
            type(c_ptr), value :: job
        end subroutine

        ! ---- group.h
        function yoke_group_open(server, group) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server
            type(c_ptr), intent(inout) :: group
            integer(c_int) :: status
        end function
        function yoke_group_submit(group, task, job) bind(c) result(status)
            import :: c_ptr, c_int, yoke_task
            type(c_ptr), value :: group
            type(yoke_task), intent(in) :: task
            type(c_ptr), intent(inout) :: job
            integer(c_int) :: status
        end function
        function yoke_group_wait(group, timeout) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t
            type(c_ptr), value :: group
            integer(c_int64_t), value :: timeout
            integer(c_int) :: status
        end function
        function yoke_group_cancel(group) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: group
            integer(c_int) :: status
        end function
        subroutine yoke_group_release(group) bind(c)
            import :: c_ptr
            type(c_ptr), value :: group
        end subroutine

        ! ---- primes.h; for the calling thread alone `server` is c_null_ptr
        function yoke_sum_primes_wide(server, lo, hi, options, sum) bind(c) result(status)
            import :: c_ptr, c_int, yoke_primes_options, yoke_uint128, yoke_uint256
            type(c_ptr), value :: server
            type(yoke_uint128), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            type(yoke_uint256), intent(inout) :: sum
            integer(c_int) :: status
        end function
        function yoke_count_primes_wide(server, lo, hi, options, count) bind(c) result(status)
            import :: c_ptr, c_int, yoke_primes_options, yoke_uint128
            type(c_ptr), value :: server
            type(yoke_uint128), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            type(yoke_uint128), intent(inout) :: count
            integer(c_int) :: status
        end function
        function yoke_plan_primes_wide(workers, lo, hi, options, plan) bind(c) result(status)
            import :: c_int, yoke_primes_options, yoke_primes_plan, yoke_uint128
            integer(c_int), value :: workers
            type(yoke_uint128), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            type(yoke_primes_plan), intent(inout) :: plan
            integer(c_int) :: status
        end function
        function yoke_primes_isa() bind(c)
            import :: c_ptr
            type(c_ptr) :: yoke_primes_isa
        end function
        function yoke_sum_first_primes(server, n, options, sum, last) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t, yoke_primes_options, yoke_uint128
            type(c_ptr), value :: server
            integer(c_int64_t), value :: n
            type(yoke_primes_options), intent(in) :: options
            type(yoke_uint128), intent(inout) :: sum
            integer(c_int64_t), intent(inout) :: last
            integer(c_int) :: status
        end function
        function yoke_prime_iterator_next(iterator, primes, count) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t
            type(c_ptr), value :: iterator
            type(c_ptr), intent(inout) :: primes ! for c_f_pointer(primes, array, [count])
            integer(c_size_t), intent(inout) :: count
            integer(c_int) :: status
        end function
        subroutine yoke_prime_iterator_release(iterator) bind(c)
            import :: c_ptr
            type(c_ptr), value :: iterator
        end subroutine
    end interface

    private :: c_for_each, c_wait_any, c_wait_all, c_sum_primes, c_count_primes, c_plan_primes, &
        c_prime_iterator_open, signed_loop, run_signed
    private :: c_print_statistics, c_print_statistics_json, c_write_trace, c_uint128_text, &
        c_uint256_text, c_strlen, c_dup, c_fdopen, c_fopen, c_fclose
    interface
        function c_for_each(context, lo, hi, grain, kernel, argument) bind(c, name="yoke_for_each") result(status)
            import :: c_ptr, c_int, c_int64_t, c_funptr
            type(c_ptr), value :: context, argument
            integer(c_int64_t), value :: lo, hi, grain
            type(c_funptr), value :: kernel
            integer(c_int) :: status
        end function
        function c_wait_any(jobs, count, timeout, index) bind(c, name="yoke_wait_any") result(status)
            import :: c_ptr, c_int, c_int64_t, c_size_t
            type(c_ptr), intent(in) :: jobs(*)
            integer(c_size_t), value :: count
            integer(c_int64_t), value :: timeout
            integer(c_size_t), intent(inout) :: index ! counts from 0
            integer(c_int) :: status
        end function
        function c_wait_all(jobs, count, timeout) bind(c, name="yoke_wait_all") result(status)
            import :: c_ptr, c_int, c_int64_t, c_size_t
            type(c_ptr), intent(in) :: jobs(*)
            integer(c_size_t), value :: count
            integer(c_int64_t), value :: timeout
            integer(c_int) :: status
        end function
        function c_sum_primes(server, lo, hi, options, sum) bind(c, name="yoke_sum_primes") result(status)
            import :: c_ptr, c_int, c_int64_t, yoke_primes_options, yoke_uint128
            type(c_ptr), value :: server
            integer(c_int64_t), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            type(yoke_uint128), intent(inout) :: sum
            integer(c_int) :: status
        end function
        function c_count_primes(server, lo, hi, options, count) bind(c, name="yoke_count_primes") result(status)
            import :: c_ptr, c_int, c_int64_t, yoke_primes_options
            type(c_ptr), value :: server
            integer(c_int64_t), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            integer(c_int64_t), intent(inout) :: count
            integer(c_int) :: status
        end function
        function c_plan_primes(workers, lo, hi, options, plan) bind(c, name="yoke_plan_primes") result(status)
            import :: c_int, c_int64_t, yoke_primes_options, yoke_primes_plan
            integer(c_int), value :: workers
            integer(c_int64_t), value :: lo, hi
            type(yoke_primes_options), intent(in) :: options
            type(yoke_primes_plan), intent(inout) :: plan
            integer(c_int) :: status
        end function
        function c_prime_iterator_open(lo, hi, iterator) bind(c, name="yoke_prime_iterator_open") result(status)
            import :: c_ptr, c_int, c_int64_t
            integer(c_int64_t), value :: lo, hi
            type(c_ptr), intent(inout) :: iterator
            integer(c_int) :: status
        end function
        function c_print_statistics(server, stream) bind(c, name="yoke_server_print_statistics") result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server, stream
            integer(c_int) :: status
        end function
        function c_print_statistics_json(server, stream) bind(c, name="yoke_server_print_statistics_json") &
            result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server, stream
            integer(c_int) :: status
        end function
        function c_write_trace(server, stream, format) bind(c, name="yoke_server_write_trace") &
            result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: server, stream
            integer(c_int), value :: format
            integer(c_int) :: status
        end function
        function c_uint128_text(number, text) bind(c, name="yoke_uint128_text") result(start)
            import :: c_ptr, c_char, yoke_uint128
            type(yoke_uint128), value :: number
            character(kind=c_char), intent(inout) :: text(*)
            type(c_ptr) :: start
        end function
        function c_uint256_text(number, text) bind(c, name="yoke_uint256_text") result(start)
            import :: c_ptr, c_char, yoke_uint256
            type(yoke_uint256), value :: number
            character(kind=c_char), intent(inout) :: text(*)
            type(c_ptr) :: start
        end function
        function c_strlen(text) bind(c, name="strlen") result(length)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: text
            integer(c_size_t) :: length
        end function
        function c_dup(file) bind(c, name="dup") result(copy)
            import :: c_int
            integer(c_int), value :: file
            integer(c_int) :: copy
        end function
        function c_fdopen(file, mode) bind(c, name="fdopen") result(stream)
            import :: c_ptr, c_int, c_char
            integer(c_int), value :: file
            character(kind=c_char), intent(in) :: mode(*)
            type(c_ptr) :: stream
        end function
        function c_fopen(path, mode) bind(c, name="fopen") result(stream)
            import :: c_ptr, c_char
            character(kind=c_char), intent(in) :: path(*), mode(*)
            type(c_ptr) :: stream
        end function
        function c_fclose(stream) bind(c, name="fclose") result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: stream
            integer(c_int) :: status
        end function
    end interface

    ! A number in decimal, or what a C string such as yoke_last_error() or plan%reason holds.
    interface yoke_text
        module procedure text_of_number, text_of_wide_number, text_of_c, text_of_characters
    end interface
    private :: text_of_number, text_of_wide_number, text_of_c, text_of_characters, print_to_output

    ! What yoke_for_each() hands on to each piece.
    type, bind(c) :: signed_loop
        type(c_funptr) :: kernel
        type(c_ptr) :: argument
    end type

contains

    ! ---- numbers where C has unsigned ones

    ! C's order of the numbers is Fortran's where the sign's bit is flipped.
    function yoke_for_each(context, lo, hi, grain, kernel, argument) result(status)
        type(c_ptr), value :: context, argument
        integer(c_int64_t), value :: lo, hi, grain
        type(c_funptr), value :: kernel
        integer(c_int) :: status
        type(signed_loop), target :: loop
        type(c_funptr) :: pieces
        loop = signed_loop(kernel, argument)
        pieces = c_null_funptr
        if (c_associated(kernel)) pieces = c_funloc(run_signed)
        status = c_for_each(context, ieor(lo, not(huge(lo))), ieor(hi, not(huge(hi))), &
            max(grain, 0_c_int64_t), pieces, c_loc(loop))
    end function

    function run_signed(lo, hi, argument) bind(c) result(status)
        integer(c_int64_t), value :: lo, hi
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(signed_loop), pointer :: loop
        procedure(yoke_range_kernel), pointer :: kernel
        call c_f_pointer(argument, loop)
        call c_f_procpointer(loop%kernel, kernel)
        status = kernel(ieor(lo, not(huge(lo))), ieor(hi, not(huge(hi))), loop%argument)
    end function

    function yoke_wait_any(jobs, count, timeout, index) result(status)
        type(c_ptr), intent(in) :: jobs(*)
        integer(c_size_t), value :: count
        integer(c_int64_t), value :: timeout
        integer(c_size_t), intent(inout) :: index ! counts from 0
        integer(c_int) :: status
        status = c_wait_any(jobs, max(count, 0_c_size_t), timeout, index)
    end function

    function yoke_wait_all(jobs, count, timeout) result(status)
        type(c_ptr), intent(in) :: jobs(*)
        integer(c_size_t), value :: count
        integer(c_int64_t), value :: timeout
        integer(c_int) :: status
        status = c_wait_all(jobs, max(count, 0_c_size_t), timeout)
    end function

    function yoke_sum_primes(server, lo, hi, options, sum) result(status)
        type(c_ptr), value :: server
        integer(c_int64_t), value :: lo, hi
        type(yoke_primes_options), intent(in) :: options
        type(yoke_uint128), intent(inout) :: sum
        integer(c_int) :: status
        status = c_sum_primes(server, max(lo, 0_c_int64_t), max(hi, 0_c_int64_t), options, sum)
    end function

    function yoke_count_primes(server, lo, hi, options, count) result(status)
        type(c_ptr), value :: server
        integer(c_int64_t), value :: lo, hi
        type(yoke_primes_options), intent(in) :: options
        integer(c_int64_t), intent(inout) :: count
        integer(c_int) :: status
        status = c_count_primes(server, max(lo, 0_c_int64_t), max(hi, 0_c_int64_t), options, count)
    end function

    function yoke_plan_primes(workers, lo, hi, options, plan) result(status)
        integer(c_int), value :: workers
        integer(c_int64_t), value :: lo, hi
        type(yoke_primes_options), intent(in) :: options
        type(yoke_primes_plan), intent(inout) :: plan
        integer(c_int) :: status
        status = c_plan_primes(max(workers, 0_c_int), max(lo, 0_c_int64_t), max(hi, 0_c_int64_t), &
            options, plan)
    end function

    function yoke_prime_iterator_open(lo, hi, iterator) result(status)
        integer(c_int64_t), value :: lo, hi
        type(c_ptr), intent(inout) :: iterator
        integer(c_int) :: status
        status = c_prime_iterator_open(max(lo, 0_c_int64_t), max(hi, 0_c_int64_t), iterator)
    end function

    ! Up to 2^64, which is yoke_uint128(lo=0, hi=1); what is beyond is left out.
    function yoke_prime_iterator_open_wide(lo, hi, iterator) result(status)
        type(yoke_uint128), intent(in) :: lo, hi
        type(c_ptr), intent(inout) :: iterator
        integer(c_int) :: status
        status = c_prime_iterator_open(merge(lo%lo, -1_c_int64_t, lo%hi == 0), &
            merge(hi%lo, -1_c_int64_t, hi%hi == 0), iterator)
    end function

    ! ---- to start from

    function yoke_task_init() result(task)
        type(yoke_task) :: task
        task%size = c_sizeof(task)
    end function

    function yoke_server_options_init() result(options)
        type(yoke_server_options) :: options
        options%size = c_sizeof(options)
    end function

    function yoke_primes_options_init() result(options)
        type(yoke_primes_options) :: options
        options%size = c_sizeof(options)
    end function

    function yoke_server_statistics_init() result(statistics)
        type(yoke_server_statistics) :: statistics
        statistics%size = c_sizeof(statistics)
    end function

    function text_of_number(number) result(text)
        type(yoke_uint128), intent(in) :: number
        character(:), allocatable :: text
        character(kind=c_char), target :: digits(40)
        text = text_of_c(c_uint128_text(number, digits))
    end function

    function text_of_wide_number(number) result(text)
        type(yoke_uint256), intent(in) :: number
        character(:), allocatable :: text
        character(kind=c_char), target :: digits(79)
        text = text_of_c(c_uint256_text(number, digits))
    end function

    function text_of_characters(characters) result(text)
        character(kind=c_char), intent(in), target :: characters(:)
        character(:), allocatable :: text
        text = text_of_c(c_loc(characters))
    end function

    function text_of_c(start) result(text)
        type(c_ptr), intent(in) :: start
        character(:), allocatable :: text
        character(kind=c_char), pointer :: characters(:)
        integer :: i
        call c_f_pointer(start, characters, [c_strlen(start)])
        allocate (character(size(characters)) :: text)
        do i = 1, size(characters)
            text(i:i) = characters(i)
        end do
    end function

    function yoke_place_statistics_init() result(statistics)
        type(yoke_place_statistics) :: statistics
        statistics%size = c_sizeof(statistics)
    end function

    ! Prints Parallel Python's table.
    function yoke_server_print_statistics(server) result(status)
        type(c_ptr), intent(in) :: server
        integer(c_int) :: status
        status = print_to_output(server, c_print_statistics)
    end function

    function yoke_server_print_statistics_json(server) result(status)
        type(c_ptr), intent(in) :: server
        integer(c_int) :: status
        status = print_to_output(server, c_print_statistics_json)
    end function

    function print_to_output(server, print_statistics) result(status)
        type(c_ptr), intent(in) :: server
        procedure(c_print_statistics) :: print_statistics
        integer(c_int) :: status
        type(c_ptr) :: stream
        flush (output_unit)
        stream = c_fdopen(c_dup(1_c_int), "w" // c_null_char)
        if (.not. c_associated(stream)) then
            status = YOKE_SYSTEM
            return
        end if
        status = print_statistics(server, stream)
        if (c_fclose(stream) /= 0) status = YOKE_SYSTEM
    end function

    ! Writes the timeline into a file.
    function yoke_server_write_trace(server, path, format) result(status)
        type(c_ptr), intent(in) :: server
        character(*), intent(in) :: path
        integer(c_int), intent(in) :: format
        integer(c_int) :: status
        type(c_ptr) :: stream
        stream = c_fopen(path // c_null_char, "w" // c_null_char)
        if (.not. c_associated(stream)) then
            status = YOKE_SYSTEM
            return
        end if
        status = c_write_trace(server, stream, format)
        if (c_fclose(stream) /= 0) status = YOKE_SYSTEM
    end function

end module
