! Reductions by parts of lib/bindings/yoke.f90, and loops over grids: a program that ends with 0 when
! all is as it should be.
module kernels
    use yoke
    implicit none

    integer, parameter :: ROWS = 123, COLUMNS = 47
    integer :: visits(-3:ROWS - 4, -5:COLUMNS - 6) ! row by row of the loop: first index

contains

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
        a = a + b
    end subroutine

    function reciprocals(lo, hi, grain, shift) result(loop)
        integer(c_int64_t), intent(in) :: lo, hi, grain
        type(c_ptr), intent(in) :: shift
        type(yoke_loop) :: loop
        loop = yoke_loop_init()
        loop%lo = lo
        loop%hi = hi
        loop%grain = grain
        loop%body = c_funloc(add)
        loop%argument = shift
    end function

    function adding() result(reduction)
        type(yoke_reduction) :: reduction
        reduction = yoke_reduction_init()
        reduction%accumulator_size = 8
        reduction%combine = c_funloc(add_two)
    end function

    ! Its input is the shift. There is no reciprocal of 0.
    recursive function sum_part(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        type(yoke_part) :: part
        type(c_ptr) :: input
        integer(c_int64_t), pointer :: shift
        input = yoke_part_read(argument, part)
        call c_f_pointer(input, shift)
        status = YOKE_SIZE_MISMATCH
        if (yoke_context_argument_size(context) /= YOKE_PART_BYTES + 8) return
        status = YOKE_OVERFLOW
        if (part%lo + shift == 0) return
        status = yoke_parallel_reduce(yoke_context_server(context), &
            reciprocals(part%lo, part%hi, part%grain, input), adding(), result)
    end function

    ! Fails for the reason of the call in it.
    function fail(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        type(yoke_part) :: part
        type(c_ptr) :: input
        input = yoke_part_read(argument, part)
        status = YOKE_OK
        if (part%lo == 500) status = yoke_parallel_reduce(yoke_context_server(context), yoke_loop_init(), &
            adding(), result)
    end function

    function visit(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        integer(c_int64_t) :: i, j
        do j = piece%column_lo, piece%column_hi - 1
            do i = piece%lo, piece%hi - 1
                visits(i, j) = visits(i, j) + 1
            end do
        end do
        status = merge(YOKE_INVALID, YOKE_OK, c_associated(argument))
    end function

end module

program test
    use kernels
    implicit none
    type(c_ptr) :: server
    type(yoke_server_options) :: options

    options = yoke_server_options_init()
    options%workers = 2
    call expect(yoke_server_open(options, server) == YOKE_OK, "the server opens")
    call test_the_same_bits(server)
    call test_the_same_bits(c_null_ptr)
    call test_failures(server)
    call test_failures(c_null_ptr)
    call test_grids(server)
    call test_grids(c_null_ptr)
    call yoke_server_release(server)

contains

    subroutine expect(condition, what)
        logical, intent(in) :: condition
        character(*), intent(in) :: what
        if (condition) return
        print '(4a)', "not so: ", what, "; ", yoke_text(yoke_last_error())
        error stop 1
    end subroutine

    function sum_by_parts(server, range, shift, total) result(status)
        type(c_ptr), intent(in) :: server
        type(yoke_part), intent(in) :: range
        integer(c_int64_t), intent(in), target :: shift
        real(c_double), intent(inout), target :: total
        integer(c_int) :: status
        status = yoke_map_reduce(server, c_funloc(sum_part), range, c_loc(shift), 8_c_size_t, adding(), &
            yoke_map_options_init(), c_loc(total))
    end function

    subroutine test_the_same_bits(server)
        type(c_ptr), intent(in) :: server
        integer(c_int64_t), target :: shift
        integer(c_int64_t) :: count
        real(c_double), target :: total, right
        integer :: grain
        shift = 1
        do grain = -1, 40, 13
            count = 1
            do while (count < 200000)
                call expect(yoke_parallel_reduce(c_null_ptr, reciprocals(7_c_int64_t, 7 + count, &
                    int(grain, c_int64_t), c_loc(shift)), adding(), c_loc(right)) == YOKE_OK, "a sum")
                call expect(sum_by_parts(server, yoke_part(7, 7 + count, int(grain, c_int64_t)), shift, &
                    total) == YOKE_OK, "a sum by parts")
                call expect(transfer(total, count) == transfer(right, count), "has the same bits")
                count = 3 * count + 1
            end do
        end do
        call expect(sum_by_parts(server, yoke_part(5, 5, 0), shift, total) == YOKE_OK, "of nothing")
        call expect(transfer(total, count) == 0, "it is 0")
    end subroutine

    subroutine test_failures(server)
        type(c_ptr), intent(in) :: server
        integer(c_int64_t) :: shift
        real(c_double), target :: total
        shift = 0
        total = 5
        call expect(sum_by_parts(server, yoke_part(0, 1000, 1), shift, total) == YOKE_OVERFLOW, &
            "a part that fails has its status")
        call expect(yoke_text(yoke_last_error()) /= "", "and words")
        call expect(sum_by_parts(server, yoke_part(1, 1000, 1), shift, total) == YOKE_OK, "another one")
        total = 5
        call expect(yoke_map_reduce(server, c_funloc(fail), yoke_part(0, 1000, 1), c_null_ptr, &
            0_c_size_t, adding(), yoke_map_options_init(), c_loc(total)) == YOKE_INVALID, "one that says why")
        call expect(index(yoke_text(yoke_last_error()), "body") > 0, "which the caller reads")
        call expect(sum_by_parts(server, yoke_part(-5, 5, 0), shift, total) == YOKE_INVALID, &
            "a range from below 0")
        call expect(sum_by_parts(server, yoke_part(0, -5, 0), shift, total) == YOKE_INVALID, "or to there")
        call expect(transfer(total, shift) == transfer(5.0_c_double, shift), "which leave the sum alone")
    end subroutine

    subroutine test_grids(server)
        type(c_ptr), intent(in) :: server
        type(yoke_loop) :: loop
        integer(c_int64_t) :: grain
        loop = yoke_loop_init()
        loop%body = c_funloc(visit)
        loop%dimensions = 2
        do grain = -1, 8, 3
            loop%lo = lbound(visits, 1)
            loop%hi = ubound(visits, 1) + 1
            loop%column_lo = lbound(visits, 2)
            loop%column_hi = ubound(visits, 2) + 1
            loop%grain = grain
            loop%column_grain = 5 * grain
            visits = 0
            call expect(yoke_parallel_for(server, loop) == YOKE_OK, "a loop over a grid")
            call expect(all(visits == 1), "every element once")
            loop%lo = 0
            loop%column_hi = 0
            call expect(yoke_parallel_for(server, loop) == YOKE_OK, "over a part of it")
            call expect(count(visits == 2) == (ROWS - 3) * 5 .and. all(visits(0:, :-1) == 2), &
                "which has these elements")
        end do
        loop%dimensions = 1
        call expect(yoke_parallel_for(server, loop) == YOKE_INVALID, "columns need two dimensions")
    end subroutine

end program
