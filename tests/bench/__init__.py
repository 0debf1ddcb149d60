"""Benchmarks: `make bench`, or `make bench BENCH="schedule search"` for some. No test asserts on time."""
