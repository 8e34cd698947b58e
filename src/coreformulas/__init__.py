"""Core formulas of VAE, GAN and Transformer: derived in SymPy, checked by machine, run in JAX.

Importing this package imports nothing heavy. Each part is imported by its own name:
``coreformulas.symbolic`` (derivations, no JAX), ``coreformulas.vae``, ``coreformulas.training``,
``coreformulas.datasets``, ``coreformulas.evaluation`` and ``coreformulas.plotting``.
"""

from importlib.metadata import version

__version__ = version("coreformulas")
