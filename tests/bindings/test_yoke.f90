! lib/bindings/yoke.f90: a program that ends with 0 when all is as it should be.
module kernels
    use yoke
    implicit none

contains

    function twice(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        integer(c_int64_t), pointer :: number, doubled
        status = YOKE_INVALID
        if (yoke_context_argument_size(context) /= 8 .or. yoke_context_result_size(context) /= 8) return
        call c_f_pointer(argument, number)
        call c_f_pointer(result, doubled)
        doubled = 2 * number
        call yoke_context_progress(context, 1_c_int64_t, 2_c_int64_t)
        status = merge(YOKE_OVERFLOW, YOKE_OK, number == 13)
    end function

    function until_cancelled(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        do while (.not. yoke_context_cancelled(context))
        end do
        status = merge(YOKE_CANCELLED, YOKE_INVALID, .not. c_associated(argument) .and. &
            .not. c_associated(result))
    end function

    function sum_range(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        status = merge(YOKE_INVALID, YOKE_OK, c_associated(argument))
        if (status == YOKE_OK) status = yoke_for_each(context, 0_c_int64_t, 1000_c_int64_t, &
            10_c_int64_t, c_funloc(add_piece), result)
    end function

    function add_piece(lo, hi, argument) bind(c) result(status)
        integer(c_int64_t), value :: lo, hi
        type(c_ptr), value :: argument
        integer(c_int) :: status
        integer(c_int64_t), pointer :: sum
        call c_f_pointer(argument, sum)
        !$omp atomic
        sum = sum + (hi * (hi - 1) - lo * (lo - 1)) / 2
        status = YOKE_OK
    end function

    function add_signed(lo, hi, argument) bind(c) result(status)
        integer(c_int64_t), value :: lo, hi
        type(c_ptr), value :: argument
        integer(c_int) :: status
        integer(c_int64_t), pointer :: sum
        integer(c_int64_t) :: i
        call c_f_pointer(argument, sum)
        do i = lo, hi - 1
            !$omp atomic
            sum = sum + i
        end do
        status = YOKE_OK
    end function

    function sum_signed_range(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        status = merge(YOKE_INVALID, YOKE_OK, c_associated(argument))
        if (status == YOKE_OK) status = yoke_for_each(context, -10_c_int64_t, 20_c_int64_t, &
            3_c_int64_t, c_funloc(add_signed), result)
    end function

    function add_one(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        integer(c_int64_t), pointer :: sum
        call c_f_pointer(result, sum)
        status = merge(YOKE_INVALID, YOKE_OK, c_associated(argument))
        if (status == YOKE_OK) &
            status = yoke_job_result(yoke_context_after(context, 0_c_size_t), result, 8_c_size_t)
        sum = sum + 1
    end function

    function count_ended(job, context) bind(c) result(status)
        type(c_ptr), value :: job, context
        integer(c_int) :: status
        integer, pointer :: ended
        call c_f_pointer(context, ended)
        if (yoke_job_state(job) == YOKE_STATE_DONE) then
            !$omp atomic
            ended = ended + 1
        end if
        status = YOKE_OK
    end function

end module

program test
    use kernels
    implicit none
    type(c_ptr) :: server
    type(c_ptr), target :: jobs(20)
    type(yoke_server_options) :: options
    integer, target :: ended = 0

    options = yoke_server_options_init()
    options%workers = 2
    call expect(yoke_server_open(options, server) == YOKE_OK, "the server opens")
    call expect(yoke_server_workers(server) == 2, "with two workers")
    call test_jobs()
    call test_group()
    call test_ends()
    call test_numbers_that_do_not_fit()
    call test_primes()
    call test_wide_primes()
    call test_trace()
    call test_statistics()
    call expect(yoke_server_close(server) == YOKE_OK, "the server closes")
    call yoke_server_release(server)

contains

    subroutine expect(condition, what)
        logical, intent(in) :: condition
        character(*), intent(in) :: what
        if (condition) return
        print '(4a)', "not so: ", what, "; ", yoke_text(yoke_last_error())
        error stop 1
    end subroutine

    function doubling(number) result(task)
        integer(c_int64_t), intent(in), target :: number
        type(yoke_task) :: task
        task = yoke_task_init()
        task%kernel = c_funloc(twice)
        task%argument = c_loc(number)
        task%argument_size = 8
        task%result_size = 8
    end function

    subroutine test_jobs()
        integer(c_int64_t), target :: number, doubled
        integer(c_int64_t) :: done, total
        integer(c_size_t) :: index
        integer :: i
        do i = 1, 20
            number = i
            call expect(yoke_submit(server, doubling(number), jobs(i)) == YOKE_OK, "a job is taken")
        end do
        call expect(yoke_wait_any(jobs, 20_c_size_t, YOKE_FOREVER, index) == YOKE_OK, "one ends")
        call expect(index < 20, "one of them")
        call expect(yoke_wait_all(jobs, 20_c_size_t, YOKE_FOREVER) == YOKE_OK, "all end")
        do i = 1, 20
            if (i == 13) then
                call expect(yoke_job_result(jobs(i), c_loc(doubled), 8_c_size_t) == YOKE_JOB_FAILED, &
                    "a job fails")
                call expect(yoke_job_status(jobs(i)) == YOKE_OVERFLOW, "and says how")
                call expect(len(yoke_text(yoke_job_message(jobs(i)))) > 0, "and why")
            else
                call expect(yoke_job_result(jobs(i), c_loc(doubled), 8_c_size_t) == YOKE_OK, "a result")
                call expect(doubled == 2 * i, "doubled")
                call yoke_job_progress(jobs(i), done, total)
                call expect(done == 1 .and. total == 2, "progress")
            end if
            call yoke_job_release(jobs(i))
        end do
    end subroutine

    subroutine test_group()
        type(c_ptr) :: group, job
        type(yoke_task) :: task
        integer(c_int64_t), target :: number
        integer :: i
        call expect(yoke_group_open(server, group) == YOKE_OK, "a group opens")
        do i = 1, 50
            number = 100
            task = doubling(number)
            task%callback = c_funloc(count_ended)
            task%callback_context = c_loc(ended)
            call expect(yoke_group_submit(group, task, job) == YOKE_OK, "a job of the group")
            call yoke_job_release(job)
        end do
        call expect(yoke_group_wait(group, YOKE_FOREVER) == YOKE_OK, "the group ends")
        call expect(ended == 50, "every callback was called")
        call yoke_group_release(group)
    end subroutine

    subroutine test_ends()
        type(c_ptr) :: job
        type(yoke_task) :: task
        integer(c_int64_t), target :: sum
        task = yoke_task_init()
        task%kernel = c_funloc(until_cancelled)
        call expect(yoke_submit(server, task, job) == YOKE_OK, "an endless job")
        call expect(yoke_job_wait(job, 1000000_c_int64_t) == YOKE_TIMED_OUT, "does not end")
        call expect(yoke_job_cancel(job) == YOKE_OK, "is cancelled")
        call expect(yoke_job_wait(job, YOKE_FOREVER) == YOKE_OK, "ends")
        call expect(yoke_job_state(job) == YOKE_STATE_CANCELLED, "as cancelled")
        call yoke_job_release(job)

        task%kernel = c_funloc(sum_range)
        task%result_size = 8
        call expect(yoke_submit(server, task, job) == YOKE_OK, "a loop")
        call expect(yoke_job_result(job, c_loc(sum), 8_c_size_t) == YOKE_OK, "its result")
        call expect(sum == 499500, "which is right")
        call yoke_job_release(job)

        task%priority = 1000
        call expect(yoke_submit(server, task, job) == YOKE_INVALID, "a wrong priority is refused")
        call expect(index(yoke_text(yoke_last_error()), "priority") > 0, "by name")
    end subroutine

    subroutine test_numbers_that_do_not_fit()
        type(yoke_server_options) :: how
        type(yoke_primes_options) :: options
        type(yoke_uint128) :: sum
        type(yoke_primes_plan) :: plan
        type(yoke_task) :: task
        type(c_ptr) :: none, iterator, block, job
        integer(c_int64_t), pointer :: primes(:)
        integer(c_int64_t), target :: total
        type(c_ptr), target :: first
        integer(c_int64_t) :: count, last
        integer(c_size_t) :: found
        how = yoke_server_options_init()
        how%workers = -1
        call expect(yoke_server_open(how, none) == YOKE_INVALID, "no server of negative workers")
        call expect(yoke_server_resize(server, -1_c_int) == YOKE_INVALID, "nor a resize to that")
        options = yoke_primes_options_init()
        call expect(yoke_sum_primes(server, -5_c_int64_t, 30_c_int64_t, options, sum) == YOKE_OK, &
            "a sum from below 0")
        call expect(yoke_text(sum) == "129", "is that from 0")
        call expect(yoke_count_primes(server, 0_c_int64_t, -1_c_int64_t, options, count) == YOKE_OK, &
            "a count of nothing")
        call expect(count == 0, "since there are no primes below 0")
        call expect(yoke_sum_first_primes(server, -1_c_int64_t, options, sum, last) == YOKE_INVALID, &
            "no negative number of primes")
        call expect(yoke_plan_primes(-1_c_int, -5_c_int64_t, 1000000_c_int64_t, options, plan) == &
            YOKE_OK, "a plan of the same")
        call expect(plan%seconds < 1, "is a short one")
        call expect(yoke_prime_iterator_open(-5_c_int64_t, 8_c_int64_t, iterator) == YOKE_OK, "an iterator from there")
        call expect(yoke_prime_iterator_next(iterator, block, found) == YOKE_OK, "has primes")
        call c_f_pointer(block, primes, [found])
        call expect(primes(1) == 2, "from 2 on")
        call yoke_prime_iterator_release(iterator)
        call expect(yoke_prime_iterator_open_wide(yoke_uint128(lo=-100), yoke_uint128(lo=0, hi=1), iterator) == &
            YOKE_OK, "an iterator up to 2^64")
        call expect(yoke_prime_iterator_next(iterator, block, found) == YOKE_OK, "has the last primes")
        call expect(found == 3, "of 64 bits")
        call c_f_pointer(block, primes, [found])
        call expect(primes(3) == -59, "such as 2^64 - 59")
        call yoke_prime_iterator_release(iterator)
        call expect(yoke_wait_all(jobs, -1_c_size_t, YOKE_FOREVER) == YOKE_OK, "no jobs to wait for")
        call expect(yoke_wait_any(jobs, -1_c_size_t, YOKE_FOREVER, found) == YOKE_INVALID, &
            "nor any one of them")

        task = yoke_task_init()
        task%kernel = c_funloc(sum_signed_range)
        task%result_size = 8
        call expect(yoke_submit(server, task, job) == YOKE_OK, "a loop from below 0")
        call expect(yoke_job_result(job, c_loc(total), 8_c_size_t) == YOKE_OK, "ends")
        call expect(total == 135, "with all its numbers")
        first = job
        task%kernel = c_funloc(add_one)
        task%after = c_loc(first)
        task%after_count = 1
        call expect(yoke_submit(server, task, job) == YOKE_OK, "a job after it")
        call yoke_job_release(first)
        call expect(yoke_job_result(job, c_loc(total), 8_c_size_t) == YOKE_OK, "has its result")
        call expect(total == 136, "without its handle")
        call yoke_job_release(job)
        task%after_count = 0
        task%time_limit = -1
        call expect(yoke_submit(server, task, job) == YOKE_INVALID, "no negative time")
        task%time_limit = 0
        task%argument = c_loc(total)
        task%argument_size = -1
        call expect(yoke_submit(server, task, job) == YOKE_NO_MEMORY, "no negative size")
        task%argument_size = 8
        task%after = c_loc(jobs)
        task%after_count = -1
        call expect(yoke_submit(server, task, job) == YOKE_INVALID, "no negative number of jobs")
    end subroutine

    subroutine test_primes()
        type(yoke_uint128) :: sum
        integer(c_int64_t) :: count, last
        integer(c_int64_t), pointer :: primes(:)
        integer(c_size_t) :: found
        type(c_ptr) :: iterator, block
        type(yoke_primes_options) :: how
        how = yoke_primes_options_init()
        call expect(yoke_sum_primes(server, 0_c_int64_t, 100000000000_c_int64_t, how, sum) == YOKE_OK, &
            "a sum")
        call expect(yoke_text(sum) == "201467077743744681014", "beyond 2^64")
        how%algorithm = YOKE_ALGORITHM_TRIAL
        call expect(yoke_count_primes(c_null_ptr, 0_c_int64_t, 1000_c_int64_t, how, count) == YOKE_OK, &
            "a count")
        call expect(count == 168, "which is right")
        how = yoke_primes_options_init()
        call expect(yoke_sum_first_primes(server, 10_c_int64_t, how, sum, last) == YOKE_OK, "ten primes")
        call expect(yoke_text(sum) == "129" .and. last == 29, "the first ones")
        call expect(yoke_prime_iterator_open(20_c_int64_t, 40_c_int64_t, iterator) == YOKE_OK, "an iterator")
        call expect(yoke_prime_iterator_next(iterator, block, found) == YOKE_OK, "a block")
        call c_f_pointer(block, primes, [found])
        call expect(all(primes == [23, 29, 31, 37]), "of primes")
        call yoke_prime_iterator_release(iterator)
    end subroutine

    subroutine test_wide_primes()
        type(yoke_uint128), parameter :: none = yoke_uint128(), many = &
            yoke_uint128(lo=7766279631452241920_c_int64_t, hi=5), & ! 10**20
            too_many = yoke_uint128(lo=0, hi=huge(0_c_int64_t))
        type(yoke_uint256) :: sum
        type(yoke_uint128) :: count
        type(yoke_primes_plan) :: plan
        type(yoke_primes_options) :: how
        how = yoke_primes_options_init()
        call expect(yoke_text(many) == "1" // repeat("0", 20), "a large number")
        call expect(yoke_text(yoke_uint256([0, 0, 0, 1])) == &
            "6277101735386680763835789423207666416102355444464034512896", "a larger one")
        call expect(yoke_sum_primes_wide(server, none, yoke_uint128(lo=100000000000_c_int64_t), how, &
            sum) == YOKE_OK, "a wide sum")
        call expect(yoke_text(sum) == "201467077743744681014", "which is right")
        call expect(yoke_count_primes_wide(c_null_ptr, yoke_uint128(lo=10), yoke_uint128(lo=1000), how, &
            count) == YOKE_OK, "a wide count")
        call expect(yoke_text(count) == "164", "which is right")
        call expect(yoke_sum_primes_wide(server, none, too_many, how, sum) == YOKE_INVALID, &
            "there is an end")
        call expect(yoke_plan_primes(2_c_int, 0_c_int64_t, 1000000_c_int64_t, how, plan) == YOKE_OK, &
            "a plan")
        call expect(plan%seconds < 1 .and. yoke_text(plan%reason) /= "", "a short one")
        call expect(yoke_plan_primes_wide(2_c_int, none, many, how, plan) == YOKE_OK, "a wide plan")
        call expect(plan%algorithm == YOKE_ALGORITHM_COMBINATORIAL .and. plan%seconds > 60, "a long one")
        call expect(yoke_text(yoke_primes_isa()) /= "", "an instruction set")
    end subroutine

    subroutine test_trace()
        type(yoke_server_options) :: how
        type(c_ptr) :: traced
        character(4) :: start
        integer :: unit
        how = yoke_server_options_init()
        how%workers = 1
        how%trace = .true.
        call expect(yoke_server_open(how, traced) == YOKE_OK, "a server that traces")
        call expect(yoke_server_write_trace(traced, "/nowhere/trace", YOKE_TRACE_SVG) == YOKE_SYSTEM, &
            "a file that cannot be")
        call expect(yoke_server_write_trace(traced, "trace.svg", YOKE_TRACE_SVG) == YOKE_OK, "a trace")
        open (newunit=unit, file="trace.svg", status="old", action="read")
        read (unit, '(a)') start
        close (unit)
        call expect(start == "<svg", "a picture")
        call yoke_server_release(traced)
    end subroutine

    subroutine test_statistics()
        type(yoke_server_statistics) :: now
        type(yoke_place_statistics) :: here
        now = yoke_server_statistics_init()
        call expect(yoke_server_wait(server, YOKE_FOREVER) == YOKE_OK, "all jobs end")
        call expect(yoke_server_get_statistics(server, now) == YOKE_OK, "statistics")
        call expect(now%failed == 1 .and. now%cancelled == 1 .and. now%workers == 2, "as counted")
        here = yoke_place_statistics_init()
        call expect(yoke_server_get_place_statistics(server, 0_c_int, here) == YOKE_OK, "those of a place")
        call expect(yoke_text(here%place) /= "" .and. here%failed == 1, "as counted there")
        call expect(yoke_server_print_statistics_json(server) == YOKE_OK, "all of them as JSON")
        call expect(yoke_server_resize(server, 3_c_int) == YOKE_OK, "a third worker")
        call expect(yoke_server_write_trace(server, "trace.svg", YOKE_TRACE_SVG) == YOKE_INVALID, &
            "no trace where none was asked for")
        call expect(yoke_text(yoke_version()) /= "", "a version")
        call expect(yoke_text(yoke_status_text(YOKE_OK)) /= "", "a text for each status")
    end subroutine

end program
