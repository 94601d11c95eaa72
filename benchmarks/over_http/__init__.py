"""The HTTP side of the benchmarks: servers in processes of their own, a client in another, floor pages."""
