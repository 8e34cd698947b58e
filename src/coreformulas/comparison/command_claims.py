"""``python -m coreformulas claims``: the article's claims, and whether their evidence stands."""

import json
import time
from collections import Counter
from collections.abc import Callable
from functools import cache

from coreformulas.comparison.claims import VERDICTS, Judgment, judge, ledger
from coreformulas.training import kept_record

__all__ = ["report"]


def report(check: Callable[[str], str | None], *, as_json: bool) -> int:
    """Print every claim with its verdict and its sentence, and return the exit code.

    Args:
        check: from a derivation's label to what is wrong with it, or None.
        as_json: print JSON instead of a table.

    Returns:
        1 if a claim lacks evidence, else 0.
    """
    began = time.perf_counter()
    once, records = cache(check), cache(kept_record)  # many claims share their evidence
    judgments = [judge(claim, records=records, check=once) for claim in ledger()]
    seconds = time.perf_counter() - began
    lacking = [found for found in judgments if found.faults]
    if as_json:
        print(json.dumps([_row(found) for found in judgments], indent=2, ensure_ascii=False))
        return 1 if lacking else 0
    width = max(len(found.claim.id) for found in judgments)
    wide = max(map(len, VERDICTS))
    for found in judgments:
        claim = found.claim
        print(f"{claim.id:<{width}}  {claim.verdict:<{wide}}  {found.sentence}")
        for fault in found.faults:
            print(f"{'':<{width}}  LACKS EVIDENCE: {fault}")
    counts = Counter(found.claim.verdict for found in judgments)
    parts = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS]
    print(
        f"{len(judgments)} claims: {', '.join(parts)}; "
        f"{len(lacking)} lack evidence, {seconds:.1f} s"
    )
    return 1 if lacking else 0


def _row(found: Judgment) -> dict:
    claim = found.claim
    return {
        "id": claim.id,
        "article": claim.article,
        "keyword": claim.keyword,
        "verdict": claim.verdict,
        "sentence": found.sentence,
        "chapter": claim.chapter,
        "label": claim.label,
        "derivations": claim.derivations,
        "readings": claim.readings,
        "numbers": {
            name: {
                "value": float(quantity.value),
                "standard_error": quantity.standard_error,
                "unit": quantity.unit,
            }
            for name, quantity in found.quantities.items()
            if quantity.finite  # JSON has no word for the others; they are among the faults
        },
        "faults": found.faults,
    }
