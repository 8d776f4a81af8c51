! The cluster for Fortran 2008: jobs of a server on other machines. cluster.h is the manual; names are
! its. Compile this file along with the program, after yoke.f90:
!
!     gfortran -fopenmp $(pkg-config --variable=fortran yoke_cluster) program.f90 \
!         $(pkg-config --libs yoke_cluster)
!
! As in yoke.f90 handles are a type(c_ptr), and options and statistics start from their _init(). The
! connection that yoke_cluster_open() makes is the cluster of yoke_server_options. Jobs name their
! kernel, whose argument and result are bytes: an array of character(kind=c_char), which
! yoke_pack_u64() fills and yoke_unpack_u64() reads. A node's kernels may be functions of Fortran's.
module yoke_cluster
    use yoke
    implicit none
    public

    integer, parameter :: YOKE_CLUSTER_NAME_MAX = 32, YOKE_CLUSTER_KEY_MAX = 64, YOKE_BLOB_ID_SIZE = 40

    type, bind(c) :: yoke_blob_id
        character(kind=c_char) :: bytes(YOKE_BLOB_ID_SIZE) = c_null_char
    end type

    type, bind(c) :: yoke_blob
        type(c_ptr) :: bytes = c_null_ptr
        integer(c_size_t) :: size = 0
    end type

    type, bind(c) :: yoke_cluster_options
        integer(c_size_t) :: size = 0
        type(c_ptr) :: servers = c_null_ptr, credentials = c_null_ptr, ca_file = c_null_ptr, &
            certificate_file = c_null_ptr, key_file = c_null_ptr, name = c_null_ptr
        integer(c_int64_t) :: timeout = 0
        integer(c_int) :: workers = 0
        integer(c_int64_t) :: silence = 0
        integer(c_size_t) :: cache = 0
        logical(c_bool) :: durable = .false.
    end type

    type, bind(c) :: yoke_cluster_statistics
        integer(c_size_t) :: size = 0
        integer(c_int64_t) :: retried = 0, repeated = 0, malformed = 0, bytes_sent = 0, &
            bytes_received = 0, latency = 0, latency_least = 0
    end type

    type, bind(c) :: yoke_node_info
        type(c_ptr) :: name = c_null_ptr, host = c_null_ptr, version = c_null_ptr, kernels = c_null_ptr
        integer(c_int) :: workers = 0, cores = 0
        real(c_double) :: load = 0
        integer(c_int64_t) :: active = 0, taken = 0, reported = 0, malformed = 0, lost = 0, latency = 0
    end type

    type, bind(c) :: yoke_node_statistics
        integer(c_size_t) :: size = 0
        integer(c_int64_t) :: taken = 0, reported = 0, active = 0, malformed = 0, lost = 0
        integer(c_int) :: workers = 0
        integer(c_int64_t) :: blobs = 0, blob_bytes = 0, cached = 0
    end type

    abstract interface
        subroutine yoke_node_visit(node, context) bind(c)
            import :: c_ptr, yoke_node_info
            type(yoke_node_info), intent(in) :: node
            type(c_ptr), value :: context
        end subroutine
    end interface

    interface
        ! ---- kernels
        function yoke_kernel_register(name, version, kernel) bind(c) result(status)
            import :: c_int, c_char, c_funptr
            character(kind=c_char), intent(in) :: name(*)
            integer(c_int), value :: version
            type(c_funptr), value :: kernel
            integer(c_int) :: status
        end function
        function yoke_kernel_register_primes() bind(c) result(status)
            import :: c_int
            integer(c_int) :: status
        end function

        ! ---- blobs
        function yoke_cluster_put(cluster, bytes, size, id) bind(c) result(status)
            import :: c_ptr, c_int, c_size_t, yoke_blob_id
            type(c_ptr), value :: cluster, bytes
            integer(c_size_t), value :: size
            type(yoke_blob_id), intent(inout) :: id
            integer(c_int) :: status
        end function
        function yoke_cluster_forget(cluster, id) bind(c) result(status)
            import :: c_ptr, c_int, yoke_blob_id
            type(c_ptr), value :: cluster
            type(yoke_blob_id), intent(in) :: id
            integer(c_int) :: status
        end function
        function yoke_blob_open(context, id, blob) bind(c) result(status)
            import :: c_ptr, c_int, yoke_blob_id
            type(c_ptr), value :: context
            type(yoke_blob_id), intent(in) :: id
            type(c_ptr), intent(inout) :: blob ! of a type(yoke_blob), for c_f_pointer()
            integer(c_int) :: status
        end function
        subroutine yoke_blob_release(blob) bind(c)
            import :: c_ptr
            type(c_ptr), value :: blob
        end subroutine

        ! ---- programs
        function yoke_cluster_open(options, cluster) bind(c) result(status)
            import :: c_ptr, c_int, yoke_cluster_options
            type(yoke_cluster_options), intent(in) :: options
            type(c_ptr), intent(inout) :: cluster
            integer(c_int) :: status
        end function
        subroutine yoke_cluster_release(cluster) bind(c)
            import :: c_ptr
            type(c_ptr), value :: cluster
        end subroutine
        function yoke_cluster_get_statistics(cluster, statistics) bind(c) result(status)
            import :: c_ptr, c_int, yoke_cluster_statistics
            type(c_ptr), value :: cluster
            type(yoke_cluster_statistics), intent(inout) :: statistics
            integer(c_int) :: status
        end function
        function yoke_cluster_nodes(cluster, patience, visit, context) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t, c_funptr
            type(c_ptr), value :: cluster, context
            integer(c_int64_t), value :: patience
            type(c_funptr), value :: visit ! c_funloc() of a yoke_node_visit
            integer(c_int) :: status
        end function

        ! ---- nodes
        function yoke_node_open(options, node) bind(c) result(status)
            import :: c_ptr, c_int, yoke_cluster_options
            type(yoke_cluster_options), intent(in) :: options
            type(c_ptr), intent(inout) :: node
            integer(c_int) :: status
        end function
        function yoke_node_drain(node, timeout) bind(c) result(status)
            import :: c_ptr, c_int, c_int64_t
            type(c_ptr), value :: node
            integer(c_int64_t), value :: timeout
            integer(c_int) :: status
        end function
        subroutine yoke_node_release(node) bind(c)
            import :: c_ptr
            type(c_ptr), value :: node
        end subroutine
        function yoke_node_get_statistics(node, statistics) bind(c) result(status)
            import :: c_ptr, c_int, yoke_node_statistics
            type(c_ptr), value :: node
            type(yoke_node_statistics), intent(inout) :: statistics
            integer(c_int) :: status
        end function
    end interface

contains

    ! ---- bytes: least significant first, from bytes(next) on; then `next` is where the next ones go

    subroutine yoke_pack_u64(bytes, next, value)
        character(kind=c_char), intent(inout) :: bytes(:)
        integer, intent(inout) :: next
        integer(c_int64_t), intent(in) :: value
        integer :: i
        do i = 0, 7
            bytes(next + i) = char(ibits(value, 8 * i, 8), c_char)
        end do
        next = next + 8
    end subroutine

    subroutine yoke_unpack_u64(bytes, next, value)
        character(kind=c_char), intent(in) :: bytes(:)
        integer, intent(inout) :: next
        integer(c_int64_t), intent(out) :: value
        integer :: i
        value = 0
        do i = 0, 7
            value = ior(value, ishft(int(ichar(bytes(next + i)), c_int64_t), 8 * i))
        end do
        next = next + 8
    end subroutine

    subroutine yoke_pack_u128(bytes, next, value)
        character(kind=c_char), intent(inout) :: bytes(:)
        integer, intent(inout) :: next
        type(yoke_uint128), intent(in) :: value
        call yoke_pack_u64(bytes, next, value%lo)
        call yoke_pack_u64(bytes, next, value%hi)
    end subroutine

    subroutine yoke_unpack_u128(bytes, next, value)
        character(kind=c_char), intent(in) :: bytes(:)
        integer, intent(inout) :: next
        type(yoke_uint128), intent(out) :: value
        call yoke_unpack_u64(bytes, next, value%lo)
        call yoke_unpack_u64(bytes, next, value%hi)
    end subroutine

    ! ---- to start from

    function yoke_cluster_options_init() result(options)
        type(yoke_cluster_options) :: options
        options%size = c_sizeof(options)
    end function

    function yoke_cluster_statistics_init() result(statistics)
        type(yoke_cluster_statistics) :: statistics
        statistics%size = c_sizeof(statistics)
    end function

    function yoke_node_statistics_init() result(statistics)
        type(yoke_node_statistics) :: statistics
        statistics%size = c_sizeof(statistics)
    end function

end module
