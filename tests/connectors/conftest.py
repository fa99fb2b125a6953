import os
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[3] / "shared" / "vendor"


@pytest.fixture(scope="session")
def vendor() -> Path:
    """Where the vendors' own words lie, beside the clone; an error if they are missing where changes are judged."""
    if not VENDOR.is_dir():
        reason = f"the vendor's own description and samples are not there: {VENDOR}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return VENDOR
