! Parallel Python's first example in Fortran. Build it against an installed yoke:
!     gfortran -fopenmp $(pkg-config --variable=fortran yoke) sum_primes.f90 \
!         $(pkg-config --libs yoke) -o sum_primes_fortran
module kernels
    use yoke
    implicit none

contains

    ! The kernel: what a job runs, on whichever worker is free.
    function sum_primes(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        integer(c_int64_t), pointer :: below
        type(yoke_uint128), pointer :: sum
        call c_f_pointer(argument, below)
        call c_f_pointer(result, sum)
        status = merge(YOKE_CANCELLED, YOKE_OK, yoke_context_cancelled(context))
        if (status == YOKE_OK) &
            status = yoke_sum_primes(c_null_ptr, 0_c_int64_t, below, yoke_primes_options_init(), sum)
    end function

end module

program main
    use kernels
    implicit none
    type(yoke_server_options) :: options
    type(c_ptr) :: server, first, jobs(8)
    integer(c_int64_t) :: began, ended, rate
    integer :: i

    print '(a)', "Usage: sum_primes [ncpus]", &
        "    [ncpus] - the number of workers to run in parallel,", &
        "    if omitted it will be set to the number of processors in the system", ""
    options = yoke_server_options_init()
    options%workers = asked_for()
    call must(yoke_server_open(options, server))
    print '(a, i0, a)', "Starting yoke with ", yoke_server_workers(server), " workers"

    first = submit(100_c_int64_t)
    call collect(100_c_int64_t, first)

    call system_clock(began, rate)
    do i = 1, 8
        jobs(i) = submit(99900_c_int64_t + 100 * i)
    end do
    do i = 1, 8
        call collect(99900_c_int64_t + 100 * i, jobs(i))
    end do
    call system_clock(ended)
    print '(a, f0.6, a)', "Time elapsed:  ", real(ended - began, c_double) / real(rate, c_double), " s"
    call must(yoke_server_print_statistics(server))
    call yoke_server_release(server)

contains

    function asked_for() result(workers)
        integer(c_int) :: workers
        character(20) :: word
        workers = 0 ! as many as fit the machine
        if (command_argument_count() < 1) return
        call get_command_argument(1, word)
        read (word, *) workers
    end function

    subroutine must(status)
        integer(c_int), intent(in) :: status
        if (status == YOKE_OK) return
        print '(2a)', "sum_primes: ", yoke_text(yoke_last_error())
        error stop 1
    end subroutine

    ! Hands a job to the server and returns at once; it starts as soon as a worker is free.
    function submit(below) result(job)
        integer(c_int64_t), intent(in), target :: below
        type(c_ptr) :: job
        type(yoke_task) :: task
        type(yoke_uint128) :: sum
        task = yoke_task_init()
        task%kernel = c_funloc(sum_primes)
        task%argument = c_loc(below)
        task%argument_size = c_sizeof(below)
        task%result_size = c_sizeof(sum)
        call must(yoke_submit(server, task, job))
    end function

    ! Prints the job's result, for which it waits if need be, and gives the handle back.
    subroutine collect(below, job)
        integer(c_int64_t), intent(in) :: below
        type(c_ptr), intent(in) :: job
        type(yoke_uint128), target :: sum
        call must(yoke_job_result(job, c_loc(sum), c_sizeof(sum)))
        print '(a, i0, 2a)', "Sum of primes below ", below, " is ", yoke_text(sum)
        call yoke_job_release(job)
    end subroutine

end program
