! Loops and maps of lib/bindings/yoke.f90: a program that ends with 0 when all is as it should be.
module bodies
    use yoke
    implicit none

    ! An array and what else its bodies need to know.
    type :: work
        integer(c_int64_t), allocatable :: number(:)
        integer :: open = 0, wrong = 0, source = 0, shown = 0
        logical :: is_cancelled = .false.
    end type

contains

    function work_of(argument) result(here)
        type(c_ptr), intent(in) :: argument
        type(work), pointer :: here
        call c_f_pointer(argument, here)
    end function

    ! Numbers begin with `lbound`, which may be below 0.
    function count_up(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(work), pointer :: all
        integer(c_int64_t) :: i
        all => work_of(argument)
        do i = piece%lo, piece%hi - 1
            all%number(i) = all%number(i) + 1
        end do
        status = merge(YOKE_OK, YOKE_INVALID, piece%worker < piece%workers .and. &
            .not. yoke_piece_cancelled(piece))
    end function

    function add(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(work), pointer :: all
        integer(c_int64_t), pointer :: sum_of_piece
        all => work_of(argument)
        call c_f_pointer(piece%accumulator, sum_of_piece)
        sum_of_piece = sum_of_piece + sum(all%number(piece%lo:piece%hi - 1))
        status = YOKE_OK
    end function

    subroutine add_two(into, from, argument) bind(c)
        type(c_ptr), value :: into, from, argument
        integer(c_int64_t), pointer :: a, b
        call c_f_pointer(into, a)
        call c_f_pointer(from, b)
        if (c_associated(argument)) a = a + b
    end subroutine

    function add_and_write(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(work), pointer :: all
        integer(c_int64_t), pointer :: before, total
        integer(c_int64_t) :: i
        all => work_of(argument)
        call c_f_pointer(piece%before, before)
        call c_f_pointer(piece%accumulator, total)
        do i = piece%lo, piece%hi - 1
            before = before + all%number(i)
            total = total + all%number(i)
            all%number(i) = before
        end do
        status = YOKE_OK
    end function

    function write_sums(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        type(work), pointer :: all
        integer(c_int64_t), pointer :: before
        integer(c_int64_t) :: i
        all => work_of(argument)
        call c_f_pointer(piece%accumulator, before)
        do i = piece%lo, piece%hi - 1
            before = before + all%number(i)
            all%number(i) = before
        end do
        status = YOKE_OK
    end function

    function fail(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        status = merge(YOKE_OVERFLOW, YOKE_OK, piece%lo <= 5 .and. 5 < piece%hi .and. &
            c_associated(argument))
    end function

    function needs_state(piece, argument) bind(c) result(status)
        type(yoke_piece), intent(in) :: piece
        type(c_ptr), value :: argument
        integer(c_int) :: status
        status = merge(YOKE_OK, YOKE_INVALID, c_associated(piece%state, argument))
    end function

    function open_state_of(worker, argument, state) bind(c) result(status)
        integer(c_int), value :: worker
        type(c_ptr), value :: argument
        type(c_ptr), intent(inout) :: state
        integer(c_int) :: status
        type(work), pointer :: all
        all => work_of(argument)
        !$omp atomic
        all%open = all%open + 1
        state = argument
        status = merge(YOKE_OK, YOKE_INVALID, worker >= 0)
    end function

    subroutine close_state_of(state, argument) bind(c)
        type(c_ptr), value :: state, argument
        type(work), pointer :: all
        all => work_of(argument)
        !$omp atomic
        all%open = all%open - merge(1, 0, c_associated(state, argument))
    end subroutine

    function is_told_to_leave(argument) bind(c) result(answer)
        type(c_ptr), value :: argument
        logical(c_bool) :: answer
        type(work), pointer :: all
        all => work_of(argument)
        answer = all%is_cancelled
    end function

    ! ---- of maps

    function square(context, argument, result) bind(c) result(status)
        type(c_ptr), value :: context, argument, result
        integer(c_int) :: status
        integer(c_int64_t), pointer :: number, squared
        call c_f_pointer(argument, number)
        call c_f_pointer(result, squared)
        squared = number**2
        status = merge(YOKE_OVERFLOW, YOKE_OK, number == 13 .or. .not. c_associated(context))
    end function

    function count_to_100(input, context) bind(c) result(is_one)
        type(c_ptr), value :: input, context
        logical(c_bool) :: is_one
        type(work), pointer :: all
        integer(c_int64_t), pointer :: number
        all => work_of(context)
        call c_f_pointer(input, number)
        all%source = all%source + 1
        number = all%source
        is_one = number <= 100
    end function

    function check_square(item, context) bind(c) result(goes_on)
        type(yoke_item), intent(in) :: item
        type(c_ptr), value :: context
        logical(c_bool) :: goes_on
        type(work), pointer :: all
        all => work_of(context)
        if (item%index /= all%shown .or. .not. is_square(item)) all%wrong = all%wrong + 1
        all%shown = all%shown + 1
        goes_on = .true.
    end function

    function is_square(item) result(right)
        type(yoke_item), intent(in) :: item
        logical :: right
        integer(c_int64_t), pointer :: squared
        right = item%status == merge(YOKE_OVERFLOW, YOKE_OK, item%index == 12)
        if (item%status /= YOKE_OK) return
        call c_f_pointer(item%output, squared)
        right = right .and. squared == (item%index + 1)**2
    end function

end module

program test
    use bodies
    implicit none
    type(c_ptr) :: server
    type(yoke_server_options) :: options
    type(work), target :: now

    options = yoke_server_options_init()
    options%workers = 2
    call expect(yoke_server_open(options, server) == YOKE_OK, "the server opens")
    call test_loops(server)
    call test_loops(c_null_ptr)
    call test_options()
    call test_reductions(server)
    call test_reductions(c_null_ptr)
    call test_maps(server)
    call test_maps(c_null_ptr)
    call test_pipelines(server)
    call test_pipelines(c_null_ptr)
    call yoke_server_release(server)

contains

    subroutine expect(condition, what)
        logical, intent(in) :: condition
        character(*), intent(in) :: what
        if (condition) return
        print '(4a)', "not so: ", what, "; ", yoke_text(yoke_last_error())
        error stop 1
    end subroutine

    function loop_over(lo, hi, body) result(loop)
        integer(c_int64_t), intent(in) :: lo, hi
        procedure(yoke_loop_body) :: body
        type(yoke_loop) :: loop
        loop = yoke_loop_init()
        loop%lo = lo
        loop%hi = hi
        loop%body = c_funloc(body)
        loop%argument = c_loc(now)
    end function

    subroutine test_loops(server)
        type(c_ptr), intent(in) :: server
        type(yoke_loop) :: loop
        integer(c_int64_t) :: grain
        integer :: i
        do grain = -1, 3
            call have(-500, [(0_c_int64_t, i=1, 1000)])
            loop = loop_over(-500_c_int64_t, 500_c_int64_t, count_up)
            loop%grain = grain
            call expect(yoke_parallel_for(server, loop) == YOKE_OK, "a loop from below 0")
            call expect(count(now%number == 1) == 1000, "every number once")
            loop%lo = 100
            call expect(yoke_parallel_for(server, loop) == YOKE_OK, "a loop above 0")
            call expect(all(now%number(100:) == 2) .and. all(now%number(:99) == 1), "of its numbers")
        end do
        loop%lo = 1
        loop%hi = -1
        call expect(yoke_parallel_for(server, loop) == YOKE_OK, "a loop over nothing")
        loop = loop_over(0_c_int64_t, 100_c_int64_t, fail)
        call expect(yoke_parallel_for(server, loop) == YOKE_OVERFLOW, "a piece that fails")
        loop%body = c_null_funptr
        call expect(yoke_parallel_for(server, loop) == YOKE_INVALID, "a loop without a body")
    end subroutine

    subroutine have(first, numbers)
        integer, intent(in) :: first
        integer(c_int64_t), intent(in) :: numbers(:)
        if (allocated(now%number)) deallocate (now%number)
        allocate (now%number(first:first + size(numbers) - 1))
        now%number(:) = numbers
    end subroutine

    subroutine test_options()
        type(yoke_loop) :: loop
        loop = loop_over(-50_c_int64_t, 100_c_int64_t, needs_state)
        loop%open = c_funloc(open_state_of)
        loop%close = c_funloc(close_state_of)
        loop%grain = 1
        call expect(yoke_parallel_for(server, loop) == YOKE_OK, "state for each worker")
        call expect(now%open == 0, "is closed")
        loop = loop_over(0_c_int64_t, 100_c_int64_t, fail)
        loop%cancelled = c_funloc(is_told_to_leave)
        now%is_cancelled = .true.
        call expect(yoke_parallel_for(server, loop) == YOKE_CANCELLED, "a loop is told to leave")
        loop%cancelled = c_null_funptr
        loop%priority = 100000
        call expect(yoke_parallel_for(server, loop) == YOKE_INVALID, "there are bounds of priorities")
    end subroutine

    subroutine test_reductions(server)
        type(c_ptr), intent(in) :: server
        type(yoke_loop) :: loop
        type(yoke_reduction) :: reduction
        integer(c_int64_t), target :: total
        integer(c_int64_t) :: right
        integer :: i, k
        reduction = yoke_reduction_init()
        reduction%accumulator_size = 8
        reduction%combine = c_funloc(add_two)
        call have(-300, [(int(mod(i * 7919, 1000) - 500, c_int64_t), i=1, 5000)])
        right = sum(now%number)
        loop = loop_over(-300_c_int64_t, 4700_c_int64_t, add)
        call expect(yoke_parallel_reduce(server, loop, reduction, c_loc(total)) == YOKE_OK, "a sum")
        call expect(total == right, "which is right")
        loop%grain = 17
        total = 0
        call expect(yoke_parallel_scan(server, loop, reduction, c_funloc(write_sums), c_loc(total)) == &
            YOKE_OK, "a scan")
        call expect(total == right .and. now%number(4699) == right, "with that sum at its end")
        call expect(now%number(-300) == mod(7919, 1000) - 500, "and the first number at its start")
        do i = -299, 4699
            if (now%number(i) - now%number(i - 1) /= mod((i + 301) * 7919, 1000) - 500) &
                call expect(.false., "and those between")
        end do
        call have(-300, [(int(mod(i * 7919, 1000) - 500, c_int64_t), i=1, 5000)])
        reduction%add_and_write = c_funloc(add_and_write)
        loop%grain = 0
        do i = 1, 2
            total = 0
            call expect(yoke_parallel_scan(server, loop, reduction, c_funloc(write_sums), &
                c_loc(total)) == YOKE_OK, "a scan in one pass")
            call expect(total == right .and. now%number(4699) == right, "with the sum at its end")
            call have(-300, [(int(mod(k * 7919, 1000) - 500, c_int64_t), k=1, 5000)])
            reduction%associative = .true._c_bool
        end do
        total = 5
        reduction%combine = c_null_funptr
        call expect(yoke_parallel_reduce(server, loop, reduction, c_loc(total)) == YOKE_INVALID, &
            "not without a combination")
        call expect(total == 5, "which leaves the sum alone")
    end subroutine

    subroutine test_maps(server)
        type(c_ptr), intent(in) :: server
        integer(c_int64_t), target :: numbers(100), squares(100)
        integer(c_int), target :: statuses(100)
        type(yoke_map_options) :: how
        integer :: i
        numbers = [(int(i, c_int64_t), i=1, 100)]
        how = yoke_map_options_init()
        how%statuses = c_loc(statuses)
        now%wrong = 0
        call expect(yoke_map(server, c_funloc(square), c_loc(numbers), 8_c_size_t, c_loc(squares), &
            8_c_size_t, 100_c_size_t, how) == YOKE_OVERFLOW, "a map of which an item fails")
        call expect(count(statuses == YOKE_OK) == 99 .and. statuses(13) == YOKE_OVERFLOW, "and only that")
        squares(13) = 169
        call expect(all(squares == numbers**2), "all others are right")
        call expect(yoke_map(server, c_funloc(square), c_loc(numbers), 8_c_size_t, c_loc(squares), &
            8_c_size_t, -1_c_size_t, how) == YOKE_OK, "a map of nothing")
        how%tries = 2
        call expect(yoke_map(server, c_funloc(square), c_loc(numbers), 8_c_size_t, c_loc(squares), &
            8_c_size_t, 12_c_size_t, how) == YOKE_OK, "a map of some")
    end subroutine

    subroutine test_pipelines(server)
        type(c_ptr), intent(in) :: server
        type(c_ptr) :: iterator, pointer_to_item
        type(yoke_item), pointer :: item
        now%wrong = 0
        now%source = 0
        now%shown = 0
        call expect(yoke_pipeline(server, c_funloc(count_to_100), c_funloc(square), &
            c_funloc(check_square), c_loc(now), 8_c_size_t, 8_c_size_t, yoke_map_options_init()) == &
            YOKE_OK, "a pipeline")
        call expect(now%shown == 100 .and. now%wrong == 0, "whose items are right")
        now%source = 0
        now%shown = 0
        call expect(yoke_map_iterator_open(server, c_funloc(count_to_100), c_funloc(square), c_loc(now), &
            8_c_size_t, 8_c_size_t, yoke_map_options_init(), iterator) == YOKE_OK, "an iterator")
        do
            call expect(yoke_map_iterator_next(iterator, pointer_to_item) == YOKE_OK, "goes on")
            if (.not. c_associated(pointer_to_item)) exit
            call c_f_pointer(pointer_to_item, item)
            call expect(item%index == now%shown .and. is_square(item), "with the next item")
            now%shown = now%shown + 1
        end do
        call expect(now%shown == 100, "to its end")
        call yoke_map_iterator_release(iterator)
    end subroutine

end program
