"""Run every benchmark: ``python -m benchmarks``. One alone takes options: see its ``--help``."""

from benchmarks import decoding, fit, gan

fit.main()
gan.main()
decoding.main()
