"""How long training takes, by the clock and on all processors."""

import time

__all__ = ["Stopwatch"]


class Stopwatch:
    """Runs from where it is made; what it reads goes into a kept record."""

    def __init__(self):
        """Start."""
        self._began, self._busy = time.perf_counter(), time.process_time()

    def read(self, *, compile_seconds: float) -> dict[str, float]:
        """Seconds since the start: by the clock, of all processors together, and for compilation.

        The second is the better measure of a run beside which the machine did other work.
        """
        return {
            "training": round(time.perf_counter() - self._began, 1),
            "training_on_all_cores": round(time.process_time() - self._busy, 1),
            "of_it_compiling": round(compile_seconds, 1),
        }
