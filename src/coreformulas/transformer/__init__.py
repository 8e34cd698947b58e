"""The Transformer: derivations, attention and models."""

import lazy_loader

# Lazy, so that importing the derivation does not import JAX.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
