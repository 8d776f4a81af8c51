// Prefix sums by oneTBB: see work.h.
#include "work.h"

#include <functional>

#include <oneapi/tbb.h>

const char *onetbb_version(void)
{
    return TBB_runtime_version();
}

void onetbb_scan(const double *x, size_t count, double *out)
{
    tbb::parallel_scan(
        tbb::blocked_range<size_t>(0, count), 0.0,
        [=](const tbb::blocked_range<size_t> &range, double sum, bool final) {
            for (size_t i = range.begin(); i < range.end(); i++) {
                sum += x[i];
                if (final)
                    out[i] = sum;
            }
            return sum;
        },
        std::plus<double>());
}
