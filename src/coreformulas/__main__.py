"""``python -m coreformulas``."""

from coreformulas.cli import main

raise SystemExit(main())
