"""Settings of every test: shapes are enforced, silent broadcasting is an error."""

import os

# Before anything imports pyplot or JAX.
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import hypothesis
import jax
from jaxtyping import install_import_hook

# From here on every function on arrays checks its annotated types and shapes. Readers do without:
# the checks cost time and make tracebacks longer. The derivations hold no arrays, and SymPy's
# classes are no annotations that beartype accepts.
WITH_ARRAYS = ("datasets", "evaluation", "gan", "plotting", "training", "transformer", "vae")
install_import_hook([f"coreformulas.{part}" for part in WITH_ARRAYS], "beartype.beartype")

# (784,) + (128, 784) is more often a forgotten axis than a wish.
jax.config.update("jax_numpy_rank_promotion", "raise")

# The first example compiles, so a deadline would measure XLA. Derandomized, a failure comes back.
hypothesis.settings.register_profile("coreformulas", deadline=None, derandomize=True)
hypothesis.settings.load_profile("coreformulas")
