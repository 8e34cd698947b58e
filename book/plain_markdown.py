"""A chapter's MyST Markdown as plain Markdown, which Colab and every notebook viewer can draw.

Labels become numbers, references become links, boxes become block quotes, listings are copied in,
and numbers that come from the run (``glue``) become text.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FENCE = re.compile(r"^(?P<mark>`{3,}|:{3,})(?:\{(?P<name>[\w:-]+)\})?(?P<title>[^\n]*)$")
LABEL = re.compile(r"^\([\w:-]+\)=\n", re.M)
DISPLAY = re.compile(r"\$\$(?P<formula>.*?)\$\$(?:[ ]*\((?P<label>[\w:-]+)\))?", re.S)
# A role, or code, inside which nothing is one.
ROLE = re.compile(r"\{(?P<name>[a-z:]+)\}`(?P<target>[^`]+)`|`[^`\n]+`")
NAMED = ast.FunctionDef | ast.ClassDef
OPTION = re.compile(r"^:(?P<name>[\w-]+):[ ]*(?P<value>.*)$")


class References(Protocol):
    """What a label, a page, a source or a measured number is called, and where it is."""

    def equation(self, label: str) -> tuple[str, str]:
        """Number and address of a formula."""
        ...

    def page(self, target: str) -> tuple[str, str]:
        """Title and address of a page."""
        ...

    def section(self, label: str) -> tuple[str, str]:
        """Title, or name and number, and address of what a label stands before."""
        ...

    def source(self, key: str) -> tuple[str, str, str]:
        """Authors, year and address of a source."""
        ...

    def value(self, name: str) -> str:
        """A number of the run, as ``name`` or ``name:format``."""
        ...


class UnknownMarkup(ValueError):
    """The converter does not know a directive or a role."""


@dataclass(frozen=True)
class _Block:
    name: str
    title: str
    options: dict[str, str]
    body: str


def to_plain(text: str, references: References, folder: Path) -> str:
    """Convert one Markdown cell.

    Args:
        text: in MyST.
        references: what labels and names stand for.
        folder: of the chapter, from which listings are found.

    Raises:
        UnknownMarkup: if a directive or a role is not among those that the book uses.
    """
    parts, plain, lines = [], [], iter(text.split("\n"))

    def flush():
        parts.append(_prose("\n".join(plain), references))
        plain.clear()

    for line in lines:
        opened = FENCE.match(line)
        if opened is None:
            plain.append(line)
            continue
        flush()
        body = _until_closed(lines, opened["mark"])
        if opened["name"] is None:
            parts.append("\n".join([line, *body, opened["mark"]]))
        else:
            block = _block(opened["name"], opened["title"].strip(), body)
            parts.append(_directive(block, references, folder))
    flush()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip("\n")


def _until_closed(lines, mark: str) -> list[str]:
    body = []
    for line in lines:
        if line.strip() == mark:
            return body
        body.append(line)
    raise UnknownMarkup(f"a block that begins with {mark} is not closed")


def _block(name: str, title: str, body: list[str]) -> _Block:
    options = {}
    while body and (found := OPTION.match(body[0])):
        options[found["name"]] = found["value"].strip()
        body = body[1:]
    return _Block(name, title, options, "\n".join(body))


def _directive(block: _Block, references: References, folder: Path) -> str:
    if block.name == "literalinclude":
        return _listing(folder / block.title, block.options)
    if block.name in ("admonition", "note", "tip", "warning"):
        title = block.title or block.name.capitalize()
        inside = f"**{title}**\n\n" + to_plain(block.body, references, folder)
        return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
    if block.name == "exercise-start":
        name, _ = references.section(block.options["label"])
        title = _prose(block.title, references)
        return f"**{name}** ({title})" if title else f"**{name}**"
    if block.name == "solution-start":
        name, _ = references.section(block.title)
        return f"**Solution to {name[0].lower()}{name[1:]}**"
    if block.name in ("exercise-end", "solution-end"):
        return ""
    raise UnknownMarkup(f"no plain form of the directive {{{block.name}}} is known")


def _listing(path: Path, options: dict[str, str]) -> str:
    """A file's Python, or one function or class of it, or some lines of that."""
    source = path.read_text("utf-8")
    lines = source.rstrip().splitlines()
    if "pyobject" in options:
        outer, *inner = options["pyobject"].split(".")
        node = _definition(ast.parse(source).body, outer)
        for part in inner:
            node = _definition(node.body, part)
        first = min([node.lineno, *(line.lineno for line in node.decorator_list)])
        lines = lines[first - 1 : node.end_lineno]
    if "lines" in options:
        start, _, end = options["lines"].partition("-")
        lines = lines[int(start) - 1 : int(end) if end else None]
    return "\n".join(["```python", *lines, "```"])


def _definition(body: list[ast.stmt], name: str) -> ast.FunctionDef | ast.ClassDef:
    (found,) = [node for node in body if isinstance(node, NAMED) and node.name == name]
    return found


def _prose(text: str, references: References) -> str:
    """Text outside of blocks: formulas get numbers, roles become links."""
    text = LABEL.sub("", text)
    text = DISPLAY.sub(lambda found: _display(found, references), text)
    return ROLE.sub(lambda found: _role(found, references), text)


def _display(found: re.Match, references: References) -> str:
    if found["label"] is None:
        return found[0]
    number, _ = references.equation(found["label"])
    return f"$${found['formula'].rstrip()} \\tag{{{number}}}\n$$"


def _role(found: re.Match, references: References) -> str:
    name, target = found["name"], found["target"]
    if name is None:
        return found[0]
    named = re.fullmatch(r"(?P<text>.+?)\s*<(?P<target>[^>]+)>", target, re.S)
    shown, target = (named["text"], named["target"]) if named else (None, target)

    def link(place: tuple[str, str], form: str = "{}") -> str:
        title, address = place
        return f"[{shown or form.format(title)}]({address})"

    roles: dict[str, Callable[[], str]] = {
        "eq": lambda: link(references.equation(target), "({})"),
        "doc": lambda: link(references.page(target)),
        "ref": lambda: link(references.section(target)),
        "numref": lambda: link(references.section(target)),
        "glue:text": lambda: references.value(target),
        "math": lambda: f"${target}$",
        "cite:t": lambda: _cite(target, references, "{} ({})"),
        "cite:p": lambda: f"({_cite(target, references, '{}, {}')})",
        "cite": lambda: f"({_cite(target, references, '{}, {}')})",
    }
    if name not in roles:
        raise UnknownMarkup(f"no plain form of the role {{{name}}} is known")
    return roles[name]()


def _cite(keys: str, references: References, form: str) -> str:
    links = []
    for key in keys.split(","):
        authors, year, address = references.source(key.strip())
        links.append(f"[{form.format(authors, year)}]({address})")
    return "; ".join(links)
