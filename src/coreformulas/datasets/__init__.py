"""Data sets as numpy arrays: ``load("digits")``, ``load("mnist")``, ``load("binarized-mnist")``.

The digits ship with the package. The other two are read from the folder that the environment
variable ``COREFORMULAS_DATA`` names, or else downloaded once into a user cache. No file is used
before its SHA-256 is checked.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
