"""Figures: arrays in, Figure out, and a way to show a Figure in light and dark with alt text."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
