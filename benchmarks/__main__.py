"""Run every benchmark: ``python -m benchmarks``. One alone takes options: see its ``--help``."""

from benchmarks import attention, decoding, fit, gan, translation

for benchmark in (fit, gan, translation, attention, decoding):
    benchmark.main()
