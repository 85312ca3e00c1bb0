"""Write the sample data: `data/physics_qa.json` to train on, `data/physics_test_qa.json` to test with.

python scripts/make_physics_data.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT_ROOT))

from backend.core.physics import samples  # noqa: E402
from backend.core.storage.files import write_json  # noqa: E402


def main(folder: Path) -> None:
    """Write both files into the folder, the same bytes each time."""
    for name, records in (
        ("physics_qa.json", samples.training_records()),
        ("physics_test_qa.json", samples.test_records()),
    ):
        write_json(folder / name, records)
        print(f"{folder / name}: {len(records):,} examples")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT_ROOT / "data")
