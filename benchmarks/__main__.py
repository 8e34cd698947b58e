"""Run every benchmark: ``python -m benchmarks``. One alone takes options: see its ``--help``."""

from benchmarks import attention, decoding, fit, gan

for benchmark in (fit, gan, attention, decoding):
    benchmark.main()
