"""The wheel holds every file of the packages; the version is one; the font holds what figures write."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from fontTools.ttLib import TTFont

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def test_wheel_holds_every_file_of_the_packages(root: Path, files: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    build = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert build.returncode == 0, build.stderr
    (wheel,) = tmp_path.glob("guiyan-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = {Path(name).name for name in archive.namelist() if "/licenses/" in name}
    assert packed == {path for path in files if path.startswith(("sim/", "scenarios/", "experiments/"))}
    assert licences == {"LICENSE", "OFL.txt"}


def test_citation_names_the_version_of_the_package(root: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    cited = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited and cited[1] == version


def test_font_holds_the_chinese_of_places_and_figures(root: Path, texts: dict[str, str]) -> None:
    drawn = set(TTFont(root / "experiments/figures/fonts/NotoSansSC-subset.otf").getBestCmap())
    written = {
        character: path
        for path, text in texts.items()
        if path.startswith(("scenarios/", "experiments/")) and path.endswith((".py", ".yaml", ".html"))
        for character in CHINESE.findall(text)
    }
    assert {character: path for character, path in written.items() if ord(character) not in drawn} == {}
    assert {ord(character) for character in "昭通市镇雄县返乡创业农业贷款"} <= drawn
