"""Run every benchmark: ``python -m benchmarks``. One alone takes options: see its ``--help``."""

from benchmarks import attention, fit, gan

for benchmark in (fit, gan, attention):
    benchmark.main()
