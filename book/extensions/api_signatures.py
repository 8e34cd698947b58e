"""Sphinx extension: signatures that a reader can use on the pages of the API.

Two things would spoil them. `jax.Array` prints as `jaxlib._jax.Array`, and an NNX module, whose
metaclass takes `*args, **kwargs`, prints without its own parameters.
"""

import inspect
import typing
from typing import Any

# jaxtyping asks for this flag and then keeps annotations such as Float[Array, "batch latent"] as
# text. It has to stand before the first import of jaxtyping.
typing.GENERATING_DOCUMENTATION = True  # type: ignore[attr-defined]

from sphinx.application import Sphinx
from sphinx.util.inspect import signature, stringify_signature


def own_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, args: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Give a class the signature of its own `__init__`."""
    del app, name, options
    if what != "class" or "__init__" not in vars(obj):
        return args, result
    init = signature(vars(obj)["__init__"])
    parameters = list(init.parameters.values())[1:]  # without self
    own = inspect.Signature(parameters)
    return stringify_signature(own, unqualified_typehints=True), None


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("autodoc-process-signature", own_signature)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
