"""The article's claims, each with a verdict and with what decides it."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import Any

from coreformulas.comparison import (
    readings_growth,
    readings_race,
    readings_training,
    readings_transformer,
    readings_uses,
)
from coreformulas.comparison.readings import Quantity, Reading, Records
from coreformulas.training import kept_record

__all__ = ["READINGS", "VERDICTS", "Claim", "Judgment", "judge", "ledger", "read_ledger"]

LEDGER = Path(__file__).with_name("claims.toml")
VERDICTS = ("holds", "holds with a condition", "wrong")
SOURCES = (readings_race, readings_uses, readings_training, readings_growth, readings_transformer)
READINGS: dict[str, Callable[[Records], Reading]] = {
    name: getattr(module, name) for module in SOURCES for name in module.__all__
}
EVIDENCE = ("derivations", "readings")


@dataclass(frozen=True)
class Claim:
    """One claim of the article.

    Attributes:
        id: as the book cites it: ``F1``; in the table, row and family: ``R7.vae``.
        article: what the article says, in English.
        keyword: the article's own term in Chinese.
        verdict: one of :data:`~coreformulas.comparison.VERDICTS`.
        sentence: why, with a field such as ``{nats:.2f}`` for each number.
        chapter: the page where it is derived or measured, as ``_toc.yml`` names it.
        label: the place on that page.
        derivations: labels of the derivations that decide it.
        readings: names of the readings that decide it, out of
            :data:`~coreformulas.comparison.READINGS`.
    """

    id: str
    article: str
    keyword: str
    verdict: str
    sentence: str
    chapter: str
    label: str
    derivations: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def row(self) -> str:
        """The claim's id without the family."""
        return self.id.partition(".")[0]

    @property
    def family(self) -> str:
        """``vae``, ``gan`` or ``transformer`` for a cell of the table, and nothing elsewhere."""
        return self.id.partition(".")[2]


@dataclass(frozen=True)
class Judgment:
    """What became of one claim: its sentence with numbers in place, and what is missing.

    Attributes:
        claim: the claim.
        sentence: with numbers; as the ledger has it, where one is missing.
        quantities: the numbers of the claim's readings by name.
        faults: why the verdict does not stand; none where it does.
    """

    claim: Claim
    sentence: str
    quantities: Mapping[str, Quantity]
    faults: tuple[str, ...]


def ledger() -> tuple[Claim, ...]:
    """All claims of the article, in the article's order."""
    return read_ledger(LEDGER.read_text(encoding="utf-8"))


def read_ledger(text: str) -> tuple[Claim, ...]:
    """Read claims from TOML: a table ``[[claim]]`` for each, with the fields of :class:`Claim`.

    Raises:
        ValueError: if the text is not TOML, a field is missing, unknown or of another type, a
            verdict is unknown, an id comes twice, or a claim names no evidence; the message names
            the claim.
    """
    try:
        rows = tomllib.loads(text).get("claim", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the ledger is not TOML: {error}") from error
    claims = tuple(_claim(place, row) for place, row in enumerate(rows, start=1))
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise ValueError(f"claim {claim.id}: comes twice")
        seen.add(claim.id)
    return claims


def _claim(place: int, row: dict[str, Any]) -> Claim:
    """One claim out of its table, or an error that names it."""
    name = f"claim {row.get('id', f'number {place}')}"
    wanted = {field.name for field in fields(Claim)}
    if missing := sorted(wanted - set(EVIDENCE) - set(row)):
        raise ValueError(f"{name}: lacks {', '.join(missing)}")
    if unknown := sorted(set(row) - wanted):
        raise ValueError(f"{name}: has unknown fields {', '.join(unknown)}")
    for key, value in row.items():
        words = value if key in EVIDENCE else [value]
        if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
            raise ValueError(f"{name}: {key} is {value!r}")
    if row["verdict"] not in VERDICTS:
        raise ValueError(f"{name}: verdict is {row['verdict']!r}, not one of {VERDICTS}")
    evidence = {key: tuple(row.get(key, ())) for key in EVIDENCE}
    if not any(evidence.values()):
        raise ValueError(f"{name}: names neither a derivation nor a reading")
    return Claim(**{**row, **evidence})


def judge(
    claim: Claim,
    *,
    records: Records = kept_record,
    check: Callable[[str], str | None] | None = None,
) -> Judgment:
    """Look at the evidence of a claim.

    Args:
        claim: out of :func:`ledger`.
        records: where readings find their numbers; the kept records by default.
        check: from a derivation's label to what is wrong with it, or None; without it the
            derivations are not looked at.

    Returns:
        The claim with its numbers. A fault is recorded, not raised: a record, a reading or a field
        that is missing, a number that is not finite, a condition that is not met, a derivation
        that fails.
    """
    quantities: dict[str, Quantity] = {}
    faults: list[str] = []
    for name in claim.readings:
        faults += _take(name, records, quantities)
    if check is not None:
        for label in claim.derivations:
            if error := check(label):
                faults.append(f"derivation {label}: {error}")
    sentence = claim.sentence
    wanted = {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}
    if missing := sorted(wanted - set(quantities)):
        faults.append(f"no number for {', '.join(missing)}")
    else:
        sentence = sentence.format(**quantities)
    return Judgment(claim, sentence, quantities, tuple(faults))


def _take(name: str, records: Records, quantities: dict[str, Quantity]) -> list[str]:
    """Add the numbers of one reading to those at hand, and return what is wrong with it."""
    if name not in READINGS:
        return [f"reading {name}: there is none of that name"]
    try:
        found = READINGS[name](records)
    except FileNotFoundError as error:
        return [f"reading {name}: {error}"]
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        return [f"reading {name}: the record cannot be read: {type(error).__name__}: {error}"]
    faults = [
        f"reading {name}: {key} is not finite"
        for key, quantity in found.quantities.items()
        if not quantity.finite
    ]
    if not found.supports:
        faults.append(f"reading {name}: it is not so that {found.condition}")
    for key, quantity in found.quantities.items():
        if quantities.get(key, quantity) != quantity:
            faults.append(f"reading {name}: {key} has another value in another reading")
        quantities[key] = quantity
    return faults
