"""The programs in `scripts/` that make and run the documentation are what its tests are made of."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
