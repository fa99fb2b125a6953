from pathlib import Path

import pytest

from core import assets
from core.errors import SettingsError


def test_data_is_found_beside_the_code_of_a_checkout() -> None:
    assert (assets.folder("migrations") / "env.py").is_file()
    assert assets.folder("config").is_dir()


def test_an_installed_folder_goes_first_and_a_missing_one_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "INSTALLED", tmp_path)
    (tmp_path / "migrations").mkdir()
    assert assets.folder("migrations") == tmp_path / "migrations"
    monkeypatch.setattr(assets, "CHECKOUT", tmp_path)
    with pytest.raises(SettingsError, match=r"config.*install slahub again"):
        assets.folder("config")
