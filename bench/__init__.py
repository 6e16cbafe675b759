"""Benchmarks: the product against bare references, on the same machine in the same run."""
