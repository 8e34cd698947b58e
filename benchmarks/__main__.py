"""Run every benchmark: ``python -m benchmarks``."""

from benchmarks import fit

fit.main()
