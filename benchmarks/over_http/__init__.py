"""The HTTP side of the benchmarks: real servers in processes of their own, a client in another, floor pages."""
