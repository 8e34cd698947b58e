r"""Formulas that a browser can break: TeX in which KaTeX finds the places for it.

KaTeX breaks a line after a relation or an operator, but not between ``\left`` and ``\right``, not
in an environment, and not before a relation, where a displayed formula is broken. So long brackets
are written with a size of their own, aligned lines as lines, and relations with the break before.
A formula that fits on a line keeps its look there, but for the height of its largest brackets.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

TOKEN = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\[a-zA-Z]+|\\.|\s+|.", re.S)
SIZES = {"": 1.0, "big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.9}
"""Commands for brackets, and the height in em up to which each serves."""
AXIS = 0.25
SHORT, LONG = 12, 20
"""Brackets around fewer signs are not broken; those around more may be broken as they open."""
RELATIONS = {"=", "<", ">", r"\le", r"\ge", r"\leq", r"\geq", r"\approx", r"\to", r"\propto"}
GAPS = {r"\quad", r"\qquad"}
NAME = 3
"""What is defined after a gap, by so many signs, stays with its relation."""
OPERATORS = {"+", "-", r"\cdot", r"\times", r"\pm"}
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\displaystyle"} | GAPS
APART = RELATIONS | OPERATORS | {*"()[],.;|^_", r"\mid", r"\Vert", r"\left", r"\right"}
"""Beside these a bracket has no thin space."""
ALIGNED = re.compile(r"\s*\\begin\{aligned\}(.*)\\end\{aligned\}\s*", re.S)
ROW = re.compile(r"(\s*\[[^]]*\])?\s*&(.*)", re.S)
"""How far a row is from the one before, and what is in it."""
Measure = Callable[[str], tuple[float, float]]
"""Height and depth of a formula in em."""


def breakable(text: str, measure: Measure) -> str:
    """The formula with places to break at."""
    aligned = ALIGNED.fullmatch(text)
    rows = [ROW.fullmatch(row) for row in _rows(aligned[1])] if aligned else []
    if not rows or any(row is None or "&" in _bare(row[2]) for row in rows):
        return _broken(text, measure)
    return r" \\".join(f"{row[1] or ''} {_broken(row[2], measure)}" for row in rows if row)


def _rows(text: str) -> list[str]:
    """What stands between the ends of lines that belong to no inner environment."""
    rows = [""]
    tokens = TOKEN.findall(text)
    for token, bare in zip(tokens, _outside(tokens), strict=True):
        if bare and token == r"\\":
            rows.append("")
        else:
            rows[-1] += token
    return rows


def _bare(text: str) -> str:
    """What of a formula stands outside of braces and environments."""
    tokens = TOKEN.findall(text)
    return "".join(token for token, bare in zip(tokens, _outside(tokens), strict=True) if bare)


def _broken(text: str, measure: Measure) -> str:
    """One line with places to break at."""
    tokens = TOKEN.findall(text)
    outside = _outside(tokens)
    written, begun = list(tokens), 0
    for k, token in enumerate(tokens):
        if not outside[k]:
            continue
        if token in RELATIONS:
            leads = _signs(tokens[begun:k]) <= (NAME if begun else 0)
            written[k] = ("" if leads else r"\allowbreak ") + token + r"\nobreak "
        elif token in GAPS and _signs(tokens[:k]):
            written[k] = token + r"\allowbreak "
            begun = k + 1
        elif token == r"\mid":
            written[k] = token + r"\nobreak "
        elif token == r"\Vert":
            written[k] = token + r"\allowbreak "
    for start, end in _pairs(tokens, outside, r"\left", r"\right"):
        _resize(tokens, written, (start, end), measure)
    for start, end in _pairs(tokens, outside, "(", ")"):
        if _signs(tokens[start:end]) < 2 * SHORT:
            for k in range(start, end):
                if outside[k] and tokens[k] in OPERATORS:
                    written[k] = tokens[k] + r"\nobreak "
    return "".join(written)


def _outside(tokens: Sequence[str]) -> list[bool]:
    """Whether each token stands outside of all braces and environments."""
    depth, outside = 0, []
    for token in tokens:
        depth += token == "{" or token.startswith(r"\begin{")
        outside.append(depth == 0)
        depth -= token == "}" or token.startswith(r"\end{")
    return outside


def _pairs(
    tokens: Sequence[str], outside: Sequence[bool], opening: str, closing: str
) -> list[tuple[int, int]]:
    """Where brackets open and close; those after ``\\left`` and ``\\right`` are no others."""
    opened, pairs = [], []
    for k, (before, token) in enumerate(pairwise(["", *tokens])):
        if not outside[k] or before in {r"\left", r"\right"}:
            continue
        if token == opening:
            opened.append(k)
        elif token == closing and opened:
            pairs.append((opened.pop(), k))
    return pairs


def _signs(tokens: Sequence[str]) -> int:
    """About how many signs stand beside each other."""
    layout = SPACES | {*"{}^_"}
    return sum(not token.isspace() and token not in layout for token in tokens)


def _resize(
    tokens: Sequence[str], written: list[str], pair: tuple[int, int], measure: Measure
) -> None:
    """Write the brackets of a long pair by their size; after a pair a product may be broken."""
    start, end = pair
    inner = tokens[start + 2 : end]
    after = _thin([token for token in tokens[end + 2 :] if not token.isspace()])
    stays = "." in (tokens[start + 1], tokens[end + 1]) or _signs(inner) < SHORT
    size = None if stays else _size(*measure("".join(inner)))
    if size is None:
        written[end + 1] += r"\allowbreak " if after else ""
        return
    before = [k for k in range(start) if not tokens[k].isspace()]
    if before and tokens[before[-1]] == r"\!":
        written[before[-1]] = ""  # it took the thin space away
        written[start] = ""
    else:
        written[start] = _thin([tokens[k] for k in reversed(before)])
    written[start] += rf"\{size}l" if size else ""
    written[start + 1] += r"\allowbreak " if _signs(inner) >= LONG else ""
    written[end] = rf"\{size}r" if size else ""
    written[end + 1] += rf"{after}\allowbreak " if after else ""


def _size(height: float, depth: float) -> str | None:
    r"""The bracket that ``\left`` takes (TeXbook, appendix G, rule 19), None beyond the largest."""
    reach = max(height - AXIS, depth + AXIS)
    needed = max(reach / 500 * 901, 2 * reach - 0.5)
    return next((name for name, limit in SIZES.items() if needed <= limit), None)


def _thin(neighbors: Sequence[str]) -> str:
    r"""The space that ``\left`` and ``\right`` put between themselves and a letter."""
    nearest = next((token for token in neighbors if token not in SPACES), "(")
    return "" if nearest in APART else r"\,"
