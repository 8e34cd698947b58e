"""Run every benchmark: ``python -m benchmarks``. One alone takes options: see its ``--help``."""

from benchmarks import fit, gan

fit.main()
gan.main()
