! lib/bindings/yoke_cluster.f90: test_cluster SERVERS CREDENTIALS, with nodes that know the kernels
! "trial", "fail" and "sum_part"; ends with 0 when all is as it should be.
module kernels
    use yoke_cluster
    implicit none

    integer :: visited = 0
    integer(c_int64_t) :: parts = 0

contains

    ! ---- sums of 1 / (i + shift), whose parts are done by kernels in C and by the one here

    function add(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        real(c_double), pointer :: sum
        integer(c_int64_t), pointer :: shift
        integer(c_int64_t) :: i
        call c_f_pointer(piece%accumulator, sum)
        call c_f_pointer(argument, shift)
        do i = piece%lo, piece%hi - 1
            sum = sum + 1 / real(i + shift, c_double)
        end do
        status = YOKE_OK
    end function

    subroutine add_two(into, from, argument) bind(c)
        type(c_ptr), value :: into, from, argument
        real(c_double), pointer :: a, b
        call c_f_pointer(into, a)
        call c_f_pointer(from, b)
        if (.not. c_associated(argument, into)) a = a + b
    end subroutine

    recursive function sum_part(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        integer(c_int64_t), target :: shift
        character(kind=c_char), pointer :: bytes(:)
        type(yoke_part) :: part
        integer :: next
        status = YOKE_INVALID
        if (yoke_context_argument_size(context) /= YOKE_PART_BYTES + 8) return
        call c_f_pointer(yoke_part_read(argument, part), bytes, [8])
        next = 1
        call yoke_unpack_u64(bytes, next, shift)
        status = YOKE_OVERFLOW
        if (part%lo + shift == 0) return
        status = reduce(yoke_context_server(context), part, shift, result)
    end function

    function reduce(server, part, shift, total) result(status)
        type(c_ptr), intent(in) :: server, total
        type(yoke_part), intent(in) :: part
        integer(c_int64_t), intent(in), target :: shift
        integer(c_int) :: status
        type(yoke_loop) :: loop
        loop = yoke_loop_init()
        loop%lo = part%lo
        loop%hi = part%hi
        loop%grain = part%grain
        loop%body = c_funloc(add)
        loop%argument = c_loc(shift)
        status = yoke_parallel_reduce(server, loop, adding(), total)
    end function

    function adding() result(reduction)
        type(yoke_reduction) :: reduction
        reduction = yoke_reduction_init()
        reduction%accumulator_size = 8
        reduction%combine = c_funloc(add_two)
    end function

    function count_part(item, context) bind(c) result(goes_on)
        type(yoke_item), intent(in) :: item
        type(c_ptr), value :: context
        logical(c_bool) :: goes_on
        if (.not. c_associated(context)) parts = item%ended
        goes_on = .true.
    end function

    ! ---- other kernels, and visits

    ! The size of the blob that the argument names.
    function measure(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        type(yoke_blob_id), pointer :: id
        character(kind=c_char), pointer :: bytes(:)
        type(c_ptr) :: opened
        type(yoke_blob), pointer :: blob
        integer :: next
        status = YOKE_INVALID
        if (yoke_context_argument_size(context) /= YOKE_BLOB_ID_SIZE) return
        if (yoke_context_result_size(context) /= 8) return
        call c_f_pointer(argument, id)
        call c_f_pointer(result, bytes, [8])
        status = yoke_blob_open(context, id, opened)
        if (status /= YOKE_OK) return
        call c_f_pointer(opened, blob)
        next = 1
        call yoke_pack_u64(bytes, next, int(blob%size, c_int64_t))
        call yoke_blob_release(opened)
    end function

    subroutine visit_node(node, context) bind(c)
        type(yoke_node_info), intent(in) :: node
        type(c_ptr), value :: context
        if (c_associated(context) .or. yoke_text(node%version) /= yoke_text(yoke_version())) return
        if (yoke_text(node%name) == "node" .and. node%workers == 1 .and. node%latency > 0 .and. &
            index(yoke_text(node%kernels), "trial.1") > 0) visited = visited + 1
        if (yoke_text(node%name) == "fortran" .and. yoke_text(node%kernels) == "measure.1") &
            visited = visited + 1
    end subroutine

    subroutine visit_job(key, job, context) bind(c)
        type(c_ptr), value :: key, job, context
        type(c_ptr), pointer :: kept
        call c_f_pointer(context, kept)
        kept = c_null_ptr
        if (yoke_text(key) == "a.key") kept = job
        visited = visited + 1
    end subroutine

end module

program test_cluster
    use kernels
    use, intrinsic :: iso_fortran_env, only: error_unit
    implicit none

    character(256), target :: servers, credentials
    character(:), allocatable, target :: trial, fail, measured, node_name, program_name, key, nobody, &
        parts_name, sum_name
    type(yoke_cluster_options) :: how
    type(c_ptr) :: cluster, server

    call get_command_argument(1, servers)
    call get_command_argument(2, credentials)
    servers = trim(servers) // c_null_char
    credentials = trim(credentials) // c_null_char
    trial = "trial" // c_null_char
    fail = "fail" // c_null_char
    measured = "measure" // c_null_char
    node_name = "fortran" // c_null_char
    program_name = "program" // c_null_char
    key = "a.key" // c_null_char
    nobody = "nobody" // c_null_char
    parts_name = "parts" // c_null_char
    sum_name = "sum_part" // c_null_char
    call test_bytes()
    how = yoke_cluster_options_init()
    how%servers = c_loc(servers)
    how%credentials = c_loc(credentials)
    how%name = c_loc(program_name)
    call join()
    call test_jobs()
    call test_node()
    call test_sums()
    call leave()
    call test_keys()

contains

    subroutine expect(condition, what)
        logical, intent(in) :: condition
        character(*), intent(in) :: what
        if (condition) return
        write (error_unit, '(3a)') what, ": ", yoke_text(yoke_last_error())
        stop 1
    end subroutine

    subroutine join()
        type(yoke_server_options) :: options
        call expect(yoke_cluster_open(how, cluster) == YOKE_OK, "a cluster")
        options = yoke_server_options_init()
        options%cluster = cluster
        call expect(yoke_server_open(options, server) == YOKE_OK, "a server")
        call expect(yoke_server_workers(server) == 0, "without workers")
    end subroutine

    subroutine leave()
        call yoke_server_release(server)
        call yoke_cluster_release(cluster)
    end subroutine

    subroutine test_bytes()
        character(kind=c_char) :: bytes(24)
        type(yoke_uint128) :: wide
        integer(c_int64_t) :: value
        integer :: next
        next = 1
        call yoke_pack_u64(bytes, next, -2_c_int64_t)
        call yoke_pack_u128(bytes, next, yoke_uint128(lo=258, hi=huge(0_c_int64_t)))
        call expect(next == 25 .and. ichar(bytes(1)) == 254 .and. ichar(bytes(9)) == 2 .and. &
            ichar(bytes(10)) == 1 .and. ichar(bytes(24)) == 127, "bytes, the least first")
        next = 1
        call yoke_unpack_u64(bytes, next, value)
        call yoke_unpack_u128(bytes, next, wide)
        call expect(next == 25 .and. value == -2 .and. wide%lo == 258 .and. wide%hi == huge(value), &
            "and back")
    end subroutine

    ! Of the kernel "trial", whose name and argument outlive the call.
    subroutine submit(task, hi, job)
        type(yoke_task), intent(in) :: task
        integer(c_int64_t), intent(in) :: hi
        type(c_ptr), intent(inout) :: job
        character(kind=c_char), target :: bytes(16)
        type(yoke_task) :: named
        integer :: next
        next = 1
        call yoke_pack_u64(bytes, next, 0_c_int64_t)
        call yoke_pack_u64(bytes, next, hi)
        named = task
        named%kernel_name = c_loc(trial)
        named%kernel_version = 1
        named%argument = c_loc(bytes)
        named%argument_size = 16
        named%result_size = 16
        call expect(yoke_submit(server, named, job) == YOKE_OK, "a job")
    end subroutine

    function sum_of(job) result(text)
        type(c_ptr), intent(in) :: job
        character(:), allocatable :: text
        character(kind=c_char), target :: bytes(16)
        type(yoke_uint128) :: sum
        integer :: next
        call expect(yoke_job_result(job, c_loc(bytes), 16_c_size_t) == YOKE_OK, "its result")
        next = 1
        call yoke_unpack_u128(bytes, next, sum)
        text = yoke_text(sum)
    end function

    subroutine test_jobs()
        type(yoke_task) :: task
        type(yoke_cluster_statistics) :: traffic
        type(c_ptr) :: job
        call submit(yoke_task_init(), 100_c_int64_t, job)
        call expect(sum_of(job) == "1060", "a sum")
        call yoke_job_release(job)

        task = yoke_task_init()
        task%kernel_name = c_loc(fail)
        task%kernel_version = 1
        call expect(yoke_submit(server, task, job) == YOKE_OK, "a job that fails")
        call expect(yoke_job_result(job, c_null_ptr, 0_c_size_t) == YOKE_JOB_FAILED, "fails")
        call expect(yoke_text(yoke_job_message(job)) == "too much of it", "and says why")
        call yoke_job_release(job)

        task = yoke_task_init()
        task%node = c_loc(nobody)
        call submit(task, 100_c_int64_t, job)
        call expect(yoke_job_wait(job, 50000000_c_int64_t) == YOKE_TIMED_OUT, "waits for its node")
        call expect(yoke_job_cancel(job) == YOKE_OK, "is cancelled")
        call yoke_job_release(job)

        traffic = yoke_cluster_statistics_init()
        call expect(yoke_cluster_get_statistics(cluster, traffic) == YOKE_OK, "statistics")
        call expect(traffic%bytes_received >= 16 .and. traffic%latency >= traffic%latency_least .and. &
            traffic%latency_least > 0 .and. traffic%malformed == 0, "as counted")
    end subroutine

    subroutine test_node()
        type(yoke_cluster_options) :: its
        type(yoke_node_statistics) :: now
        type(yoke_task) :: task
        type(yoke_blob_id), target :: id
        type(c_ptr) :: node, job
        character(kind=c_char), target :: data(1000), bytes(8)
        integer(c_int64_t) :: size
        integer :: next
        its = how
        its%name = c_loc(node_name)
        its%workers = 1
        call expect(yoke_node_open(its, node) == YOKE_INVALID, "a node without kernels")
        call expect(yoke_kernel_register(measured, 1_c_int, c_funloc(measure)) == YOKE_OK, "a kernel")
        call expect(yoke_node_open(its, node) == YOKE_OK, "a node")

        data = "x"
        call expect(yoke_cluster_put(cluster, c_loc(data), 1000_c_size_t, id) == YOKE_OK, "a blob")
        task = yoke_task_init()
        task%kernel_name = c_loc(measured)
        task%kernel_version = 1
        task%argument = c_loc(id)
        task%argument_size = YOKE_BLOB_ID_SIZE
        task%result_size = 8
        call expect(yoke_submit(server, task, job) == YOKE_OK, "a job of Fortran's")
        call expect(yoke_job_result(job, c_loc(bytes), 8_c_size_t) == YOKE_OK, "its result")
        call yoke_job_release(job)
        next = 1
        call yoke_unpack_u64(bytes, next, size)
        call expect(size == 1000, "the blob's size")
        call expect(yoke_cluster_forget(cluster, id) == YOKE_OK, "forgotten")

        call expect(yoke_cluster_nodes(cluster, 1000000000_c_int64_t, c_funloc(visit_node), c_null_ptr) &
            == YOKE_OK, "the nodes")
        call expect(visited == 2, "both of them")
        now = yoke_node_statistics_init()
        call expect(yoke_node_drain(node, 10000000000_c_int64_t) == YOKE_OK, "drained")
        call expect(yoke_node_get_statistics(node, now) == YOKE_OK, "statistics of a node")
        call expect(now%reported == 1 .and. now%workers == 1 .and. now%blob_bytes == 1000, "as counted")
        call yoke_node_release(node)
    end subroutine

    ! By the nodes' kernels in C, and by a node's here.
    subroutine test_sums()
        type(yoke_cluster_options) :: its
        type(yoke_node_statistics) :: now
        type(c_ptr) :: node
        real(c_double), target :: total, right
        its = how
        its%name = c_loc(parts_name)
        its%workers = 1
        call expect(yoke_kernel_register(sum_name, 1_c_int, c_funloc(sum_part)) == YOKE_OK, "a kernel")
        call expect(yoke_node_open(its, node) == YOKE_OK, "a node for parts")
        call expect(reduce(c_null_ptr, yoke_part(7, 100007, 20), 3_c_int64_t, c_loc(right)) == YOKE_OK, &
            "a sum here")
        call expect(sum_over_nodes(yoke_part(7, 100007, 20), 3_c_int64_t, total) == YOKE_OK, &
            "the same over nodes")
        call expect(transfer(total, parts) == transfer(right, parts), "has the same bits")
        now = yoke_node_statistics_init()
        call expect(yoke_node_get_statistics(node, now) == YOKE_OK, "statistics of a node")
        call expect(parts > 1000 .and. now%taken > 0 .and. now%taken < parts, "others have helped")
        call expect(sum_over_nodes(yoke_part(0, 100000, 20), 0_c_int64_t, total) == YOKE_OVERFLOW, &
            "a part that fails")
        call expect(yoke_text(yoke_last_error()) /= "", "and says why")
        call expect(yoke_node_drain(node, 10000000000_c_int64_t) == YOKE_OK, "drained")
        call yoke_node_release(node)
    end subroutine

    function sum_over_nodes(range, shift, total) result(status)
        type(yoke_part), intent(in) :: range
        integer(c_int64_t), intent(in) :: shift
        real(c_double), intent(inout), target :: total
        integer(c_int) :: status
        character(kind=c_char), target :: bytes(8)
        type(yoke_map_options) :: options
        integer :: next
        next = 1
        call yoke_pack_u64(bytes, next, shift)
        options = yoke_map_options_init()
        options%kernel_name = c_loc(sum_name)
        options%kernel_version = 1
        options%visit = c_funloc(count_part)
        status = yoke_map_reduce(server, c_null_funptr, range, c_loc(bytes), 8_c_size_t, adding(), options, &
            c_loc(total))
    end function

    subroutine test_keys()
        type(yoke_task) :: task
        type(c_ptr) :: job
        type(c_ptr), target :: kept
        how%durable = .true.
        task = yoke_task_init()
        task%key = c_loc(key)
        call join()
        call submit(task, 100_c_int64_t, job)
        call yoke_job_release(job)
        call leave()
        visited = 0
        call join()
        call expect(yoke_server_collect(server, c_funloc(visit_job), c_loc(kept)) == YOKE_OK, "a job kept")
        call expect(visited == 1 .and. sum_of(kept) == "1060", "of an earlier program")
        call yoke_job_release(kept)
        call expect(yoke_server_collect(server, c_funloc(visit_job), c_loc(kept)) == YOKE_OK, "once more")
        call expect(visited == 1, "there is none")
        call leave()
        call expect(yoke_kernel_register_primes() == YOKE_OK, "yoke's own kernels")
    end subroutine

end program
