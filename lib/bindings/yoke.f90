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
! - The body of a loop is one whose interface is yoke_loop_body, and loop%body its c_funloc():
!
!     loop = yoke_loop_init()
!     loop%hi = size(x); loop%body = c_funloc(add); loop%argument = c_loc(x)
!     status = yoke_parallel_for(server, loop) ! in add(): do i = piece%lo + 1, piece%hi
!
!   With loop%dimensions = 2 it goes through a grid, see YOKE_LOOP_2D() in loop.h, whose columns may
!   begin below 0 as rows may. An array whose columns lie one behind the other, as Fortran's do, is
!   read as it lies where the loop's rows are the array's columns, and its columns the array's rows.
! - A range of yoke_map_reduce() begins at 0 or above, as a node's kernel may be one of C's.
!
! Not here, because their arguments are not fixed, which Fortran cannot call: yoke_context_fail (a
! kernel returns the status of the yoke call that failed in it, whose error is then its job's message,
! or another one), yoke_context_print, yoke_error_set, yoke_log. For programs in C, or the tool:
! yoke_log_set, yoke_topology_* (`yoke topology`), yoke_executor_*. What belongs to functions that are
! inline in C's header: yoke_fork*, yoke_join_look.
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
    enum, bind(c) ! yoke_number_type
        enumerator :: YOKE_F64 = 1, YOKE_F32, YOKE_I64
    end enum
    enum, bind(c) ! yoke_sum_mode
        enumerator :: YOKE_SUM_TREE = 0, YOKE_SUM_EXACT
    end enum
    enum, bind(c) ! yoke_scan_kind
        enumerator :: YOKE_SCAN_INCLUSIVE = 0, YOKE_SCAN_EXCLUSIVE
    end enum
    enum, bind(c) ! yoke_trace_format
        enumerator :: YOKE_TRACE_CHROME = 0, YOKE_TRACE_SVG
    end enum

    ! Times are in nanoseconds.
    integer(c_int64_t), parameter :: YOKE_FOREVER = -1

    integer(c_int), parameter :: YOKE_WORKERS_ALL = huge(0_c_int)

    integer, parameter :: YOKE_EXACT_BYTES = 560, YOKE_PART_BYTES = 24

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

    type, bind(c) :: yoke_piece
        integer(c_int64_t) :: lo = 0, hi = 0 ! all i with lo <= i < hi
        integer(c_int) :: worker = 0, workers = 0
        type(c_ptr) :: state = c_null_ptr, accumulator = c_null_ptr, sharing = c_null_ptr, &
            before = c_null_ptr
        integer(c_int64_t) :: column_lo = 0, column_hi = 0 ! of a grid
    end type

    type, bind(c) :: yoke_loop
        integer(c_size_t) :: size = 0
        integer(c_int64_t) :: lo = 0, hi = 0
        type(c_funptr) :: body = c_null_funptr ! c_funloc() of a yoke_loop_body
        type(c_ptr) :: argument = c_null_ptr
        integer(c_int64_t) :: grain = 0
        type(c_funptr) :: open = c_null_funptr, close = c_null_funptr, cancelled = c_null_funptr
        integer(c_int64_t) :: time_limit = 0
        integer(c_int) :: priority = 0, workers = 0
        logical(c_bool) :: in_order = .false.
        integer(c_int64_t) :: column_lo = 0, column_hi = 0, column_grain = 0 ! of a grid: then
        integer(c_int) :: dimensions = 0 ! is 2, and lo, hi and grain are of rows
    end type

    type, bind(c) :: yoke_reduction
        integer(c_size_t) :: size = 0, accumulator_size = 0
        type(c_ptr) :: identity = c_null_ptr
        type(c_funptr) :: combine = c_null_funptr ! c_funloc() of a yoke_combine
        type(c_funptr) :: add_and_write = c_null_funptr ! of a yoke_loop_body
        logical(c_bool) :: associative = .false.
    end type

    type, bind(c) :: yoke_array ! see yoke_array_of()
        type(c_ptr) :: data = c_null_ptr
        integer(c_size_t) :: count = 0
        integer(c_intptr_t) :: stride = 1
        integer(c_int) :: type = YOKE_F64
    end type

    type, bind(c) :: yoke_number ! of integers; that of real numbers is yoke_real(number)
        integer(c_int64_t) :: i64 = 0
    end type

    type, bind(c) :: yoke_exact
        integer(c_int64_t) :: word(140) = 0
    end type

    type, bind(c) :: yoke_map_options
        integer(c_size_t) :: size = 0
        integer(c_int) :: tries = 0
        integer(c_int64_t) :: time_limit = 0, deadline = 0
        integer(c_int) :: priority = 0
        type(c_ptr) :: place = c_null_ptr, kernel_name = c_null_ptr
        integer(c_int) :: kernel_version = 0, deliveries = 0
        integer(c_size_t) :: window = 0
        type(c_ptr) :: statuses = c_null_ptr ! of an array of integer(c_int)
        type(c_funptr) :: visit = c_null_funptr ! c_funloc() of a yoke_item_visit
        type(c_ptr) :: visit_context = c_null_ptr
    end type

    type, bind(c) :: yoke_item
        integer(c_int64_t) :: index = 0, ended = 0 ! index counts from 0
        type(c_ptr) :: input = c_null_ptr, output = c_null_ptr
        integer(c_int) :: status = YOKE_OK
        type(c_ptr) :: message = c_null_ptr
    end type

    type, bind(c) :: yoke_part
        integer(c_int64_t) :: lo = 0, hi = 0, grain = 0 ! all i with lo <= i < hi
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
        function yoke_loop_body(piece, argument) bind(c) result(status)
            import :: c_ptr, c_int, yoke_piece
            type(yoke_piece), intent(in) :: piece
            type(c_ptr), value :: argument
            integer(c_int) :: status
        end function
        function yoke_loop_open(worker, argument, state) bind(c) result(status)
            import :: c_ptr, c_int
            integer(c_int), value :: worker
            type(c_ptr), value :: argument
            type(c_ptr), intent(inout) :: state
            integer(c_int) :: status
        end function
        subroutine yoke_loop_close(state, argument) bind(c)
            import :: c_ptr
            type(c_ptr), value :: state, argument
        end subroutine
        function yoke_loop_cancelled(argument) bind(c)
            import :: c_ptr, c_bool
            type(c_ptr), value :: argument
            logical(c_bool) :: yoke_loop_cancelled
        end function
        subroutine yoke_combine(into, from, argument) bind(c)
            import :: c_ptr
            type(c_ptr), value :: into, from, argument
        end subroutine
        function yoke_item_visit(item, context) bind(c) result(goes_on)
            import :: c_ptr, c_bool, yoke_item
            type(yoke_item), intent(in) :: item
            type(c_ptr), value :: context
            logical(c_bool) :: goes_on
        end function
        function yoke_item_source(input, context) bind(c) result(is_one)
            import :: c_ptr, c_bool
            type(c_ptr), value :: input, context
            logical(c_bool) :: is_one
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

        ! ---- loop.h and map.h; for the calling thread alone `server` is c_null_ptr
        function yoke_piece_cancelled(piece) bind(c)
            import :: c_bool, yoke_piece
            type(yoke_piece), intent(in) :: piece
            logical(c_bool) :: yoke_piece_cancelled
        end function
        function yoke_part_read(argument, part) bind(c) result(input)
            import :: c_ptr, yoke_part
            type(c_ptr), value :: argument ! of a kernel that yoke_map_reduce() has run
            type(yoke_part), intent(inout) :: part
            type(c_ptr) :: input ! what the argument has behind the part
        end function
        function yoke_map_iterator_next(iterator, item) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: iterator
            type(c_ptr), intent(inout) :: item ! of a yoke_item, or c_null_ptr at the end
            integer(c_int) :: status
        end function
        subroutine yoke_map_iterator_release(iterator) bind(c)
            import :: c_ptr
            type(c_ptr), value :: iterator
        end subroutine

        ! ---- numeric.h; for the calling thread alone `server` is c_null_ptr
        function yoke_sum(server, x, mode, sum) bind(c) result(status)
            import :: c_ptr, c_int, yoke_array, yoke_number
            type(c_ptr), value :: server
            type(yoke_array), value :: x
            integer(c_int), value :: mode
            type(yoke_number), intent(inout) :: sum
            integer(c_int) :: status
        end function
        function yoke_dot(server, x, y, mode, dot) bind(c) result(status)
            import :: c_ptr, c_int, yoke_array, yoke_number
            type(c_ptr), value :: server
            type(yoke_array), value :: x, y
            integer(c_int), value :: mode
            type(yoke_number), intent(inout) :: dot
            integer(c_int) :: status
        end function
        function yoke_norm2(server, x, mode, norm) bind(c) result(status)
            import :: c_ptr, c_int, yoke_array, yoke_number
            type(c_ptr), value :: server
            type(yoke_array), value :: x
            integer(c_int), value :: mode
            type(yoke_number), intent(inout) :: norm ! yoke_real() of it, also of integers
            integer(c_int) :: status
        end function
        function yoke_min(server, x, min, index) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t, yoke_array, yoke_number
            type(c_ptr), value :: server
            type(yoke_array), value :: x
            type(yoke_number), intent(inout) :: min
            integer(c_size_t), intent(inout), optional :: index ! counts from 0
            integer(c_int) :: status
        end function
        function yoke_max(server, x, max, index) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t, yoke_array, yoke_number
            type(c_ptr), value :: server
            type(yoke_array), value :: x
            type(yoke_number), intent(inout) :: max
            integer(c_size_t), intent(inout), optional :: index ! counts from 0
            integer(c_int) :: status
        end function
        function yoke_histogram(server, x, lo, hi, bins, counts) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t, c_size_t, c_double, yoke_array
            type(c_ptr), value :: server
            type(yoke_array), value :: x
            real(c_double), value :: lo, hi
            integer(c_size_t), value :: bins
            integer(c_int64_t), intent(inout) :: counts(*)
            integer(c_int) :: status
        end function
        function yoke_scan(server, x, mode, kind, out) bind(c) result(status)
            import :: c_ptr, c_int, yoke_array
            type(c_ptr), value :: server, out ! c_loc() of an array of x's type, side by side
            type(yoke_array), value :: x
            integer(c_int), value :: mode, kind
            integer(c_int) :: status
        end function
        subroutine yoke_exact_add(sum, x) bind(c)
            import :: c_double, yoke_exact
            type(yoke_exact), intent(inout) :: sum
            real(c_double), value :: x
        end subroutine
        function yoke_exact_add_array(sum, x) bind(c) result(status)
            import :: c_int, yoke_array, yoke_exact
            type(yoke_exact), intent(inout) :: sum
            type(yoke_array), value :: x
            integer(c_int) :: status
        end function
        function yoke_exact_add_products(sum, x, y) bind(c) result(status)
            import :: c_int, yoke_array, yoke_exact
            type(yoke_exact), intent(inout) :: sum
            type(yoke_array), value :: x, y
            integer(c_int) :: status
        end function
        subroutine yoke_exact_merge(sum, other) bind(c)
            import :: yoke_exact
            type(yoke_exact), intent(inout) :: sum
            type(yoke_exact), intent(in) :: other
        end subroutine
        function yoke_exact_round(sum) bind(c)
            import :: c_double, yoke_exact
            type(yoke_exact), intent(in) :: sum
            real(c_double) :: yoke_exact_round
        end function
        subroutine yoke_exact_write(sum, bytes) bind(c)
            import :: c_int8_t, yoke_exact, YOKE_EXACT_BYTES
            type(yoke_exact), intent(in) :: sum
            integer(c_int8_t), intent(inout) :: bytes(YOKE_EXACT_BYTES)
        end subroutine
        function yoke_exact_read(sum, bytes) bind(c) result(status)
            import :: c_int, c_int8_t, yoke_exact, YOKE_EXACT_BYTES
            type(yoke_exact), intent(inout) :: sum
            integer(c_int8_t), intent(in) :: bytes(YOKE_EXACT_BYTES)
            integer(c_int) :: status
        end function

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

    private :: c_parallel_for, c_parallel_reduce, c_parallel_scan, c_map, c_map_reduce, c_pipeline, &
        c_map_iterator_open, signed_sharing, shared, signed, signed_piece, call_body, run_piece, &
        write_piece, add_and_write_piece, open_state, close_state, is_cancelled, combine_two
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
        function c_parallel_for(server, loop) bind(c, name="yoke_parallel_for") result(status)
            import :: c_ptr, c_int, yoke_loop
            type(c_ptr), value :: server
            type(yoke_loop), intent(in) :: loop
            integer(c_int) :: status
        end function
        function c_parallel_reduce(server, loop, reduction, total) bind(c, name="yoke_parallel_reduce") &
            result(status)
            import :: c_ptr, c_int, yoke_loop, yoke_reduction
            type(c_ptr), value :: server, total
            type(yoke_loop), intent(in) :: loop
            type(yoke_reduction), intent(in) :: reduction
            integer(c_int) :: status
        end function
        function c_parallel_scan(server, loop, reduction, write, total) &
            bind(c, name="yoke_parallel_scan") result(status)
            import :: c_ptr, c_int, c_funptr, yoke_loop, yoke_reduction
            type(c_ptr), value :: server, total
            type(yoke_loop), intent(in) :: loop
            type(yoke_reduction), intent(in) :: reduction
            type(c_funptr), value :: write
            integer(c_int) :: status
        end function
        function c_map(server, kernel, inputs, input_size, outputs, output_size, count, options) &
            bind(c, name="yoke_map") result(status)
            import :: c_ptr, c_int, c_funptr, c_size_t, yoke_map_options
            type(c_ptr), value :: server, inputs, outputs
            type(c_funptr), value :: kernel
            integer(c_size_t), value :: input_size, output_size, count
            type(yoke_map_options), intent(in) :: options
            integer(c_int) :: status
        end function
        function c_map_reduce(server, kernel, range, input, input_size, reduction, options, total) &
            bind(c, name="yoke_map_reduce") result(status)
            import :: c_ptr, c_int, c_funptr, c_size_t, yoke_map_options, yoke_part, yoke_reduction
            type(c_ptr), value :: server, input, total
            type(c_funptr), value :: kernel
            type(yoke_part), value :: range
            integer(c_size_t), value :: input_size
            type(yoke_reduction), intent(in) :: reduction
            type(yoke_map_options), intent(in) :: options
            integer(c_int) :: status
        end function
        function c_pipeline(server, source, kernel, sink, context, input_size, output_size, options) &
            bind(c, name="yoke_pipeline") result(status)
            import :: c_ptr, c_int, c_funptr, c_size_t, yoke_map_options
            type(c_ptr), value :: server, context
            type(c_funptr), value :: source, kernel, sink
            integer(c_size_t), value :: input_size, output_size
            type(yoke_map_options), intent(in) :: options
            integer(c_int) :: status
        end function
        function c_map_iterator_open(server, source, kernel, context, input_size, output_size, &
            options, iterator) bind(c, name="yoke_map_iterator_open") result(status)
            import :: c_ptr, c_int, c_funptr, c_size_t, yoke_map_options
            type(c_ptr), value :: server, context
            type(c_funptr), value :: source, kernel
            integer(c_size_t), value :: input_size, output_size
            type(yoke_map_options), intent(in) :: options
            type(c_ptr), intent(inout) :: iterator
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

    ! The array for the calls of numeric.h, which read it where it lies: a target of real(c_double),
    ! real(c_float) or integer(c_int64_t), or a section of one, such as a row of a matrix.
    interface yoke_array_of
        module procedure array_of_f64, array_of_f32, array_of_i64
    end interface
    private :: array_of_f64, array_of_f32, array_of_i64, distance

    ! A number in decimal, or what a C string such as yoke_last_error() or plan%reason holds.
    interface yoke_text
        module procedure text_of_number, text_of_wide_number, text_of_c, text_of_characters
    end interface
    private :: text_of_number, text_of_wide_number, text_of_c, text_of_characters, print_to_output

    ! What yoke_for_each() hands on to each piece, and the loops to all their functions.
    type, bind(c) :: signed_loop
        type(c_funptr) :: kernel
        type(c_ptr) :: argument
    end type
    type, bind(c) :: signed_sharing
        type(yoke_loop) :: loop
        type(c_funptr) :: combine = c_null_funptr, write = c_null_funptr, &
            add_and_write = c_null_funptr
    end type

contains

    ! ---- numbers where C has unsigned ones

    ! C's order of the numbers is Fortran's where the sign's bit is flipped.
    elemental function signed(number)
        integer(c_int64_t), intent(in) :: number
        integer(c_int64_t) :: signed
        signed = ieor(number, not(huge(number)))
    end function

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
        status = c_for_each(context, signed(lo), signed(hi), &
            max(grain, 0_c_int64_t), pieces, c_loc(loop))
    end function

    function run_signed(lo, hi, argument) bind(c, name="") result(status)
        integer(c_int64_t), value :: lo, hi
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(signed_loop), pointer :: loop
        procedure(yoke_range_kernel), pointer :: kernel
        call c_f_pointer(argument, loop)
        call c_f_procpointer(loop%kernel, kernel)
        status = kernel(signed(lo), signed(hi), loop%argument)
    end function

    recursive function yoke_parallel_for(server, loop) result(status)
        type(c_ptr), value :: server
        type(yoke_loop), intent(in) :: loop
        integer(c_int) :: status
        type(signed_sharing), target :: all
        all%loop = loop
        status = c_parallel_for(server, shared(all))
    end function

    recursive function yoke_parallel_reduce(server, loop, reduction, total) result(status)
        type(c_ptr), value :: server, total ! c_loc() of what has the size of an accumulator
        type(yoke_loop), intent(in) :: loop
        type(yoke_reduction), intent(in) :: reduction
        integer(c_int) :: status
        status = yoke_parallel_scan(server, loop, reduction, c_null_funptr, total)
    end function

    ! Without `write` it is a reduction.
    recursive function yoke_parallel_scan(server, loop, reduction, write, total) result(status)
        type(c_ptr), value :: server, total
        type(yoke_loop), intent(in) :: loop
        type(yoke_reduction), intent(in) :: reduction
        type(c_funptr), value :: write ! c_funloc() of a yoke_loop_body
        integer(c_int) :: status
        type(signed_sharing), target :: all
        type(yoke_reduction) :: how
        all%loop = loop
        all%combine = reduction%combine
        all%write = write
        all%add_and_write = reduction%add_and_write
        how = reduction
        if (c_associated(how%combine)) how%combine = c_funloc(combine_two)
        if (c_associated(how%add_and_write)) how%add_and_write = c_funloc(add_and_write_piece)
        if (c_associated(write)) then
            status = c_parallel_scan(server, shared(all), how, c_funloc(write_piece), total)
        else
            status = c_parallel_reduce(server, shared(all), how, total)
        end if
    end function

    ! The loop as C is given it: in C's order of numbers, by functions that put them back.
    function shared(all) result(loop)
        type(signed_sharing), intent(in), target :: all
        type(yoke_loop) :: loop
        loop = all%loop
        loop%lo = signed(loop%lo)
        loop%hi = signed(loop%hi)
        loop%grain = max(loop%grain, 0_c_int64_t)
        loop%column_grain = max(loop%column_grain, 0_c_int64_t)
        if (loop%dimensions == 2) then
            loop%column_lo = signed(loop%column_lo)
            loop%column_hi = signed(loop%column_hi)
        end if
        loop%workers = max(loop%workers, 0_c_int)
        loop%argument = c_loc(all)
        if (c_associated(loop%body)) loop%body = c_funloc(run_piece)
        if (c_associated(loop%open)) loop%open = c_funloc(open_state)
        if (c_associated(loop%close)) loop%close = c_funloc(close_state)
        if (c_associated(loop%cancelled)) loop%cancelled = c_funloc(is_cancelled)
    end function

    function signed_piece(piece, loop) result(here)
        type(yoke_piece), intent(in) :: piece
        type(yoke_loop), intent(in) :: loop
        type(yoke_piece) :: here
        here = piece
        here%lo = signed(piece%lo)
        here%hi = signed(piece%hi)
        if (loop%dimensions /= 2) return
        here%column_lo = signed(piece%column_lo)
        here%column_hi = signed(piece%column_hi)
    end function

    recursive function call_body(function, piece, all) result(status)
        type(c_funptr), intent(in) :: function
        type(yoke_piece), intent(in) :: piece
        type(signed_sharing), intent(in) :: all
        integer(c_int) :: status
        procedure(yoke_loop_body), pointer :: body
        call c_f_procpointer(function, body)
        status = body(signed_piece(piece, all%loop), all%loop%argument)
    end function

    recursive function run_piece(piece, argument) bind(c, name="") result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(signed_sharing), pointer :: all
        call c_f_pointer(argument, all)
        status = call_body(all%loop%body, piece, all)
    end function

    recursive function write_piece(piece, argument) bind(c, name="") result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(signed_sharing), pointer :: all
        call c_f_pointer(argument, all)
        status = call_body(all%write, piece, all)
    end function

    recursive function add_and_write_piece(piece, argument) bind(c, name="") result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(signed_sharing), pointer :: all
        call c_f_pointer(argument, all)
        status = call_body(all%add_and_write, piece, all)
    end function

    recursive function open_state(worker, argument, state) bind(c, name="") result(status)
        integer(c_int), value :: worker
        type(c_ptr), value :: argument
        type(c_ptr), intent(inout) :: state
        integer(c_int) :: status
        type(signed_sharing), pointer :: all
        procedure(yoke_loop_open), pointer :: open
        call c_f_pointer(argument, all)
        call c_f_procpointer(all%loop%open, open)
        status = open(worker, all%loop%argument, state)
    end function

    recursive subroutine close_state(state, argument) bind(c, name="")
        type(c_ptr), value :: state, argument
        type(signed_sharing), pointer :: all
        procedure(yoke_loop_close), pointer :: close
        call c_f_pointer(argument, all)
        call c_f_procpointer(all%loop%close, close)
        call close(state, all%loop%argument)
    end subroutine

    recursive function is_cancelled(argument) bind(c, name="") result(answer)
        type(c_ptr), value :: argument
        logical(c_bool) :: answer
        type(signed_sharing), pointer :: all
        procedure(yoke_loop_cancelled), pointer :: cancelled
        call c_f_pointer(argument, all)
        call c_f_procpointer(all%loop%cancelled, cancelled)
        answer = cancelled(all%loop%argument)
    end function

    recursive subroutine combine_two(into, from, argument) bind(c, name="")
        type(c_ptr), value :: into, from, argument
        type(signed_sharing), pointer :: all
        procedure(yoke_combine), pointer :: combine
        call c_f_pointer(argument, all)
        call c_f_procpointer(all%combine, combine)
        call combine(into, from, all%loop%argument)
    end subroutine

    function yoke_map(server, kernel, inputs, input_size, outputs, output_size, count, options) &
        result(status)
        type(c_ptr), value :: server, inputs, outputs
        type(c_funptr), value :: kernel
        integer(c_size_t), value :: input_size, output_size, count
        type(yoke_map_options), intent(in) :: options
        integer(c_int) :: status
        status = c_map(server, kernel, inputs, max(input_size, 0_c_size_t), outputs, &
            max(output_size, 0_c_size_t), max(count, 0_c_size_t), options)
    end function

    ! `total` is c_loc() of what has the size of an accumulator. The kernel's argument is for
    ! yoke_part_read(), whose part it reduces by yoke_parallel_reduce() with part%grain. YOKE_INVALID,
    ! without an error's text, where the range has a number below 0.
    recursive function yoke_map_reduce(server, kernel, range, input, input_size, reduction, options, &
        total) result(status)
        type(c_ptr), value :: server, input, total
        type(c_funptr), value :: kernel
        type(yoke_part), intent(in) :: range
        integer(c_size_t), value :: input_size
        type(yoke_reduction), intent(in) :: reduction
        type(yoke_map_options), intent(in) :: options
        integer(c_int) :: status
        status = YOKE_INVALID
        if (min(range%lo, range%hi) < 0) return
        status = c_map_reduce(server, kernel, yoke_part(range%lo, range%hi, max(range%grain, 0_c_int64_t)), &
            input, max(input_size, 0_c_size_t), reduction, options, total)
    end function

    ! `source` is c_funloc() of a yoke_item_source, `sink` of a yoke_item_visit.
    function yoke_pipeline(server, source, kernel, sink, context, input_size, output_size, options) &
        result(status)
        type(c_ptr), value :: server, context
        type(c_funptr), value :: source, kernel, sink
        integer(c_size_t), value :: input_size, output_size
        type(yoke_map_options), intent(in) :: options
        integer(c_int) :: status
        status = c_pipeline(server, source, kernel, sink, context, max(input_size, 0_c_size_t), &
            max(output_size, 0_c_size_t), options)
    end function

    function yoke_map_iterator_open(server, source, kernel, context, input_size, output_size, &
        options, iterator) result(status)
        type(c_ptr), value :: server, context
        type(c_funptr), value :: source, kernel
        integer(c_size_t), value :: input_size, output_size
        type(yoke_map_options), intent(in) :: options
        type(c_ptr), intent(inout) :: iterator
        integer(c_int) :: status
        status = c_map_iterator_open(server, source, kernel, context, max(input_size, 0_c_size_t), &
            max(output_size, 0_c_size_t), options, iterator)
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

    ! ---- arrays

    elemental function yoke_real(number) result(f64)
        type(yoke_number), intent(in) :: number
        real(c_double) :: f64
        f64 = transfer(number%i64, f64)
    end function

    function array_of_f64(x) result(array)
        real(c_double), intent(in), target :: x(:)
        type(yoke_array) :: array
        array%type = YOKE_F64
        array%count = size(x, kind=c_size_t)
        if (size(x) > 0) array%data = c_loc(x(1))
        if (size(x) > 1) array%stride = distance(c_loc(x(1)), c_loc(x(2))) / 8
    end function

    function array_of_f32(x) result(array)
        real(c_float), intent(in), target :: x(:)
        type(yoke_array) :: array
        array%type = YOKE_F32
        array%count = size(x, kind=c_size_t)
        if (size(x) > 0) array%data = c_loc(x(1))
        if (size(x) > 1) array%stride = distance(c_loc(x(1)), c_loc(x(2))) / 4
    end function

    function array_of_i64(x) result(array)
        integer(c_int64_t), intent(in), target :: x(:)
        type(yoke_array) :: array
        array%type = YOKE_I64
        array%count = size(x, kind=c_size_t)
        if (size(x) > 0) array%data = c_loc(x(1))
        if (size(x) > 1) array%stride = distance(c_loc(x(1)), c_loc(x(2))) / 8
    end function

    function distance(from, to) result(bytes)
        type(c_ptr), intent(in) :: from, to
        integer(c_intptr_t) :: bytes
        bytes = transfer(to, bytes) - transfer(from, bytes)
    end function

    ! ---- to start from

    function yoke_task_init() result(task)
        type(yoke_task) :: task
        task%size = c_sizeof(task)
    end function

    function yoke_loop_init() result(loop)
        type(yoke_loop) :: loop
        loop%size = c_sizeof(loop)
    end function

    function yoke_reduction_init() result(reduction)
        type(yoke_reduction) :: reduction
        reduction%size = c_sizeof(reduction)
    end function

    function yoke_map_options_init() result(options)
        type(yoke_map_options) :: options
        options%size = c_sizeof(options)
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
