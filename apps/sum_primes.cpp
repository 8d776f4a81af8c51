/* Parallel Python's first example in C++: lambdas as jobs. Build it against an installed yoke:
 *     g++ -std=c++17 -fopenmp sum_primes.cpp $(pkg-config --cflags --libs yoke) -o sum_primes_cpp
 */
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <yoke/yoke.hpp>

static auto submit(yoke::server &server, std::uint64_t below)
{
    return server.submit([below] { return yoke::sum_primes(0, below); });
}

int main(int count, char **words)
try {
    std::cout << "Usage: sum_primes [ncpus]\n"
                 "    [ncpus] - the number of workers to run in parallel,\n"
                 "    if omitted it will be set to the number of processors in the system\n\n";
    yoke::server server(count > 1 ? unsigned(std::atoi(words[1])) : 0);
    std::cout << "Starting yoke with " << server.workers() << " workers\n";
    std::cout << "Sum of primes below 100 is " << submit(server, 100).get() << '\n';

    auto began = std::chrono::steady_clock::now();
    std::vector<std::pair<std::uint64_t, yoke::job<yoke_uint128>>> jobs;
    for (std::uint64_t below = 100000; below <= 100700; below += 100)
        jobs.emplace_back(below, submit(server, below));
    for (const auto &[below, job] : jobs)
        std::cout << "Sum of primes below " << below << " is " << job.get() << '\n';

    std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
    std::cout << "Time elapsed:  " << elapsed.count() << " s\n" << std::flush;
    server.print_statistics();
} catch (const yoke::error &error) {
    std::cerr << "sum_primes: " << error.what() << '\n';
    return EXIT_FAILURE;
}
