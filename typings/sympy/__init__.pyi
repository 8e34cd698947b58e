# SymPy 1.14 types the arithmetic of its expressions only in part: x + 1 is "Unknown | Tuple" to
# pyright. Until it is typed through, everything from it is Any here, and the rest stays checked.
from typing import Any

def __getattr__(name: str) -> Any: ...
