"""Sphinx extension: pages of the API that a reader can use.

- `jax.Array` would print as `jaxlib._jax.Array`, `ArrayLike` as a union of ten types, shapes would
  be lost, and an NNX module, whose metaclass takes `*args, **kwargs`, would print without its own
  parameters.
- A name is documented where readers import it from, `coreformulas.vae.elbo`, while annotations
  name the file that defines it, `coreformulas.vae.objective.elbo`: they are led to the former.
"""

import importlib
import inspect
import re
import typing
from typing import Any

import numpy.typing
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.ext.autodoc.preserve_defaults import DefaultValue
from sphinx.util.inspect import signature, stringify_signature

# With this flag jaxtyping keeps annotations such as Float[Array, "batch latent"] readable. It has
# to stand before jaxtyping is first imported, which is when autodoc imports the package.
typing.GENERATING_DOCUMENTATION = True  # type: ignore[attr-defined]


class ArrayLike:
    """Stands for NumPy's type of this name, which would print as the long union that it is."""

    __module__ = "numpy.typing"


numpy.typing.ArrayLike = ArrayLike  # type: ignore[misc]

PACKAGE = "coreformulas"
FIELD = type(vars(typing.NamedTuple("One", [("first", int)]))["first"])


def own_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, args: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Give a class the signature of its own `__init__`."""
    del app, name, options
    if what != "class" or "__init__" not in vars(obj):
        return args, result
    parameters = list(signature(vars(obj)["__init__"]).parameters.values())[1:]  # without self
    return stringify_signature(inspect.Signature(parameters), unqualified_typehints=True), None


def mend_defaults(app: Sphinx, obj: Any, bound_method: bool) -> None:
    """Take the comma off a default such as "θ", whose bytes Sphinx counts as letters."""
    del app, bound_method
    for parameter in getattr(getattr(obj, "__signature__", None), "parameters", {}).values():
        if isinstance(parameter.default, DefaultValue):
            parameter.default.name = parameter.default.name.rstrip(", ")


def keep_first_sentence(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Keep Napoleon from reading "The bound: a sum" in a property as a type and a text."""
    del app, name, obj, options
    if what in ("attribute", "property", "data") and lines:
        lines[:1] = re.sub(r":\s", ":\n", lines[0], count=1).split("\n")


def keep_stars(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep the star of a shape such as "*queries", which Napoleon copies, as a star."""
    del app, what, name, obj, options
    lines[:] = [
        line.replace("*", r"\*") if line.startswith(":vartype ") else line for line in lines
    ]


def leave_out_fields(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the fields of a named tuple: its own text says more than "Alias for field 0"."""
    del app, what, name, skip, options
    return True if isinstance(obj, FIELD) else None


def public_name(target: str) -> str:
    """Return the name that readers import: `coreformulas.vae.elbo` for `…vae.objective.elbo`."""
    parts = target.split(".")
    return ".".join([*parts[:2], parts[-1]])


def link_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Element | None:
    """Resolve a reference through the public name; leave a type in a signature as plain text.

    Only roles, such as :func:, carry `refwarn`: what the prose refers to must exist.
    """
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    if target.startswith(f"{PACKAGE}.") and public_name(target) != target:
        domain = env.get_domain("py")
        assert isinstance(domain, PythonDomain)
        page = node.get("refdoc", env.docname)
        found = domain.resolve_xref(
            env, page, app.builder, "obj", public_name(target), node, content
        )
        if found is not None:
            return found
    return None if "refwarn" in node and not is_field(node) else content


def is_field(node: pending_xref) -> bool:
    """Whether a text refers to a field of its own named tuple, which has no place of its own."""
    module, name = node.get("py:module"), node.get("py:class")
    holder = getattr(importlib.import_module(module), name, None) if module and name else None
    return isinstance(getattr(holder, node["reftarget"], None), FIELD)


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("autodoc-process-signature", own_signature)
    app.connect("autodoc-process-docstring", keep_first_sentence, priority=400)  # before Napoleon
    app.connect("autodoc-process-docstring", keep_stars, priority=600)  # after Napoleon
    app.connect("autodoc-skip-member", leave_out_fields)
    # After Sphinx has put the text of the source in place of the values.
    app.connect("autodoc-before-process-signature", mend_defaults, priority=600)
    app.connect("missing-reference", link_public_name)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
