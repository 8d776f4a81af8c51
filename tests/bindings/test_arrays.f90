! Arrays of lib/bindings/yoke.f90: a program that ends with 0 when all is as it should be.
program test
    use yoke
    implicit none
    type(c_ptr) :: server
    type(yoke_server_options) :: options
    real(c_double), allocatable, target :: x(:)
    real(c_float), allocatable, target :: f(:)
    integer(c_int64_t), allocatable, target :: n(:)
    integer :: round

    options = yoke_server_options_init()
    options%workers = 2
    call expect(yoke_server_open(options, server) == YOKE_OK, "the server opens")
    do round = 1, 50
        call draw()
        call test_sums(merge(server, c_null_ptr, mod(round, 2) == 0))
        call test_extremes(merge(server, c_null_ptr, mod(round, 2) == 0))
        call test_scans(merge(server, c_null_ptr, mod(round, 2) == 0))
        call test_exact()
    end do
    call test_nothing_and_errors()
    call yoke_server_release(server)

contains

    subroutine expect(condition, what)
        logical, intent(in) :: condition
        character(*), intent(in) :: what
        if (condition) return
        print '(4a)', "not so: ", what, "; ", yoke_text(yoke_last_error())
        error stop 1
    end subroutine

    ! Whole numbers, whose sums are exact in any order.
    subroutine draw()
        real(c_double), allocatable :: drawn(:)
        real(c_double) :: length
        call random_number(length)
        allocate (drawn(1 + int(length * 3000)))
        call random_number(drawn)
        x = anint(drawn * 2e6_c_double) - 1e6_c_double
        call random_number(drawn)
        f = real(anint(drawn * 2e3_c_double) - 1e3_c_double, c_float)
        n = int(x, c_int64_t) * 3
    end subroutine

    subroutine test_sums(server)
        type(c_ptr), intent(in) :: server
        type(yoke_number) :: found
        integer :: mode
        do mode = YOKE_SUM_TREE, YOKE_SUM_EXACT
            call expect(yoke_sum(server, yoke_array_of(x), mode, found) == YOKE_OK, "a sum")
            call expect(yoke_real(found) == sum(x), "of real numbers")
            call expect(yoke_sum(server, yoke_array_of(f), mode, found) == YOKE_OK, "a sum")
            call expect(yoke_real(found) == sum(real(f, c_double)), "of short ones")
            call expect(yoke_sum(server, yoke_array_of(n), mode, found) == YOKE_OK, "a sum")
            call expect(found%i64 == sum(n), "of integers")
            call expect(yoke_sum(server, yoke_array_of(x(1::3)), mode, found) == YOKE_OK, "a sum")
            call expect(yoke_real(found) == sum(x(1::3)), "of each third one")
            call expect(yoke_dot(server, yoke_array_of(f), yoke_array_of(f(size(f):1:-1)), mode, &
                found) == YOKE_OK, "a product")
            call expect(yoke_real(found) == dot_product(real(f, c_double), f(size(f):1:-1)), &
                "with the array backwards")
            call expect(yoke_norm2(server, yoke_array_of(f), mode, found) == YOKE_OK, "a norm")
            call expect(abs(yoke_real(found) - norm2(real(f, c_double))) <= 1e-12 * yoke_real(found), &
                "as Fortran's")
        end do
    end subroutine

    subroutine test_extremes(server)
        type(c_ptr), intent(in) :: server
        type(yoke_number) :: found
        integer(c_size_t) :: at
        integer(c_int64_t) :: counts(10)
        integer :: bin
        call expect(yoke_min(server, yoke_array_of(x), found, at) == YOKE_OK, "the least number")
        call expect(yoke_real(found) == minval(x) .and. at + 1 == minloc(x, 1), "and where it is")
        call expect(yoke_max(server, yoke_array_of(n), found) == YOKE_OK, "the greatest number")
        call expect(found%i64 == maxval(n), "of integers")
        call expect(yoke_histogram(server, yoke_array_of(x), -1e6_c_double, 1e6_c_double, &
            10_c_size_t, counts) == YOKE_OK, "a histogram")
        do bin = 1, 10
            call expect(counts(bin) == count(x >= -1.2e6_c_double + 2e5_c_double * bin .and. &
                x < -1e6_c_double + 2e5_c_double * bin), "and its bins")
        end do
    end subroutine

    subroutine test_scans(server)
        type(c_ptr), intent(in) :: server
        real(c_double), allocatable, target :: sums(:)
        integer :: i
        allocate (sums(size(x)))
        call expect(yoke_scan(server, yoke_array_of(x), YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, &
            c_loc(sums)) == YOKE_OK, "a scan")
        do i = 1, size(x), 7
            call expect(sums(i) == sum(x(:i)), "up to each number")
        end do
        call expect(yoke_scan(server, yoke_array_of(n), YOKE_SUM_EXACT, YOKE_SCAN_EXCLUSIVE, &
            c_loc(n)) == YOKE_OK, "one in place")
        call expect(n(1) == 0 .and. n(size(n)) == 3 * int(sum(x(:size(x) - 1)), c_int64_t), &
            "up to the one before")
    end subroutine

    subroutine test_exact()
        type(yoke_exact) :: total, part, again
        integer(c_int8_t) :: bytes(YOKE_EXACT_BYTES)
        call yoke_exact_add(total, 1e300_c_double)
        call expect(yoke_exact_add_array(total, yoke_array_of(x)) == YOKE_OK, "an array is added")
        call expect(yoke_exact_add_products(part, yoke_array_of(f), yoke_array_of(f)) == YOKE_OK, &
            "and products")
        call yoke_exact_write(part, bytes)
        call expect(yoke_exact_read(again, bytes) == YOKE_OK, "that were sent")
        call yoke_exact_merge(total, again)
        call yoke_exact_add(total, -1e300_c_double)
        call expect(yoke_exact_round(total) == sum(x) + sum(real(f, c_double)**2), "and all is there")
        bytes = -1
        call expect(yoke_exact_read(again, bytes) == YOKE_INVALID, "not any bytes are a sum")
    end subroutine

    subroutine test_nothing_and_errors()
        type(yoke_number) :: found
        found%i64 = 7
        call expect(yoke_sum(server, yoke_array_of(n(:0)), YOKE_SUM_TREE, found) == YOKE_OK, "no numbers")
        call expect(found%i64 == 0, "are 0")
        call expect(yoke_min(server, yoke_array_of(x(:0)), found) == YOKE_INVALID, "and have no least one")
        call expect(yoke_dot(server, yoke_array_of(x), yoke_array_of(f), YOKE_SUM_TREE, found) == &
            YOKE_INVALID, "there are no products of different types")
        call expect(yoke_sum(server, yoke_array_of(x), 5_c_int, found) == YOKE_INVALID, "nor modes but two")
    end subroutine

end program
