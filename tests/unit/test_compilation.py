"""Compiled code is kept safely: many processes at once, packages nobody may write to, rules that change."""

import io
import math
import os
import pickle
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest

import scenarios
from sim import ahead, simulation
from sim.compilation import Kernel, kernel
from sim.kernels import advance
from sim.linking import only_linked
from sim.packs import table_of
from sim.simulation import Run, start_world

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "tests" / "places" / "small.yaml"
PROBE = """
import numpy as np
from sim.arithmetic import clip, f32
from sim.compilation import kernel


@kernel
def total(values):
    s = f32(0)
    for i in range(values.shape[0]):
        s += clip(values[i], f32(0), f32(2))
    return s


if __name__ == "__main__":
    print(total(np.arange(5, dtype=np.float32)), sum(one.is_kept for one in total.entries.values()))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of `sim` and a probe that sums 0, 1, 2, 3 and 4, each held at 2 by a rule: 7."""
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "sim", folder / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "probe.py").write_text(PROBE)
    return folder


def start(copy: Path, cache: Path) -> subprocess.Popen[str]:
    """A process that runs the probe, with this as the user's cache folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    environment |= {
        "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(copy.parent),
    }  # fmt: skip
    command = [sys.executable, str(copy / "probe.py")]
    return subprocess.Popen(
        command, cwd=copy.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def result(process: subprocess.Popen[str]) -> tuple[float, int]:
    """The sum, and how many kernels came from the cache."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    value, hits = out.split()
    return float(value), int(hits)


def listed(folder: Path) -> dict[str, int]:
    """Every file below a folder and when it was written."""
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_processes_that_start_at_once_share_what_is_compiled(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    together = [start(copy, cache) for _ in range(4)]
    assert [result(one)[0] for one in together] == [7.0] * 4
    assert result(start(copy, cache)) == (7.0, 1)
    assert [path for path in listed(cache) if path.endswith((".tmp", ".partial"))] == []


def test_nothing_is_written_into_the_packages(copy: Path, tmp_path: Path) -> None:
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o555)
    before = listed(copy)
    try:
        assert [result(start(copy, tmp_path / "cache")) for _ in range(2)] == [(7.0, 0), (7.0, 1)]
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
    assert listed(copy) == before


def test_without_a_cache_folder_of_the_user_a_temporary_one_serves(copy: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder can be made here")
    assert [result(start(copy, blocked)) for _ in range(2)] == [(7.0, 0), (7.0, 1)]
    assert any(name.endswith(".code") for name in listed(tmp_path))


def test_a_rule_that_changed_is_compiled_anew_wherever_it_is_called(copy: Path, tmp_path: Path) -> None:
    assert result(start(copy, tmp_path / "cache")) == (7.0, 0)
    rules = copy / "sim" / "arithmetic.py"
    text = rules.read_text()
    assert text.count("return min(max(x, low), high)") == 1
    rules.write_text(text.replace("return min(max(x, low), high)", "return max(x, low)"))
    assert result(start(copy, tmp_path / "cache")) == (10.0, 0)


def test_what_is_kept_and_damaged_is_compiled_anew(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert result(start(copy, cache)) == (7.0, 0)
    (kept,) = cache.rglob("total-*.code")
    whole = kept.read_bytes()
    changed = bytearray(whole)
    changed[-100] ^= 1
    for damaged in (b"", whole[:40], whole[:-1], bytes(changed), b"[]\n" + whole):
        kept.write_bytes(damaged)
        assert result(start(copy, cache)) == (7.0, 0)
        assert kept.read_bytes() == whole
    assert result(start(copy, cache)) == (7.0, 1)


def test_what_is_kept_runs_without_numba(worlds: Any) -> None:
    start_world(worlds.scenario(), threads=1)  # compiles what is not yet kept
    program = f"""
import sys
import scenarios
from sim.simulation import simulate

simulate(scenarios.load({str(PLACE)!r}, overrides={{"scale": 20, "spin_up": 2}}), months=3)
print(sorted({{"numba", "scipy", "mesa"}} & set(sys.modules)))
"""
    for allowed in (None, "[]"):  # the first may find something to compile
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert allowed in (None, done.stdout.strip())


@kernel
def leaning(found):
    """Call the C library, as no kernel may."""
    found[0] = math.gamma(found[0])


@kernel
def raising(found):
    """Raise an error."""
    if found[0] == 0:
        raise ValueError
    found[0] = 1


def test_a_kernel_that_calls_a_library_is_refused_and_an_error_is_told() -> None:
    with pytest.raises(TypeError, match=r"kernel leaning calls .*gamma: expected nothing from outside"):
        leaning(np.zeros(3))
    with pytest.raises(RuntimeError, match="a kernel ended with status"):
        raising(np.zeros(1))
    found = np.full(1, 7.0)
    assert raising(found) is None and found[0] == 1


def test_what_kernels_are_made_of_can_be_compiled_for_python_too(copy: Path, tmp_path: Path) -> None:
    (copy / "both.py").write_text(
        "import numba\nimport numpy as np\nfrom probe import clip, f32, total\n"
        "values = np.arange(5, dtype=np.float32)\n"
        "def most(values):\n    return clip(f32(np.floor(values.sum() / 3)), f32(0), f32(9))\n"
        "def each():\n    return float(total(values)), float(clip(f32(7), f32(0), f32(2))), numba.njit(most)(values)\n"
    )
    for number, first in enumerate(("", "numba.njit(most)(values)", "clip(f32(7), f32(0), f32(2))")):
        environment = {**os.environ, "PYTHONPATH": str(copy), "NUMBA_CACHE_DIR": str(tmp_path / str(number))}
        command = [sys.executable, "-c", f"from both import *\n{first}\nprint(each())"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.stdout == "(7.0, 2.0, 3.0)\n", done.stderr


def test_other_threads_wait_while_a_kernel_is_compiled_and_get_code_they_can_call() -> None:
    def square(x: float) -> float:
        return x * x

    with ThreadPoolExecutor(1) as pool:
        with only_linked():
            found = pool.submit(numba.njit(square), 3.0)
            with pytest.raises(TimeoutError):
                found.result(0.5)
        assert found.result() == 9


def test_a_kernel_that_is_in_no_file_is_not_kept() -> None:
    """Its name and types say nothing of what it does: here two do different things."""
    found = []
    for value in (1, 2):
        scope: dict[str, Any] = {}
        exec(f"def write(into):\n    into[0] = {value}", scope)
        one, into = kernel(scope["write"]), np.zeros(1)
        one(into)
        found.append((into[0], one.is_kept))
    assert found == [(1, False), (2, False)]


class Cold:
    """A kernel of which nothing is kept."""

    is_kept = False


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is compiled, and the cache is this folder."""
    monkeypatch.setattr(advance, "advance_villages", Cold())
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_second_process_gets_the_scenario_and_is_gone_at_the_end(
    worlds: Any, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, plain = [], subprocess.Popen

    def begin(*command: Any, **how: Any) -> Any:
        begun.append(plain([sys.executable, "-c", "import sys, time; sys.stdin.read(); time.sleep(600)"], stdin=-1))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", begin)
    with ahead.compiling_ahead(worlds.scenario(), processors=2), ahead.compiling_ahead(worlds.scenario(), processors=2):
        assert len(begun) == 1 and begun[0].poll() is None
        assert listed(cold) != {}
    assert begun[0].poll() is not None
    assert listed(cold) == {}


@pytest.mark.parametrize("program", ["/no/such/program", shutil.which("false") or "false"])
def test_without_a_second_process_all_goes_on(
    worlds: Any, cold: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with ahead.compiling_ahead(worlds.scenario(), processors=2):
        pass
    assert listed(cold) == {}


def test_the_mark_of_a_process_that_was_killed_is_forgotten_in_time(
    worlds: Any, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    monkeypatch.setattr(ahead, "_begun", lambda scenario, cache: begun.append(cache))
    cold.mkdir()
    mark = cold / "compiling"
    for age, made in ((ahead.FORGOTTEN - 60, 0), (ahead.FORGOTTEN + 60, 1)):
        mark.touch()
        os.utime(mark, (time.time() - age,) * 2)
        with ahead.compiling_ahead(worlds.scenario(), processors=2):
            assert mark.exists()
        assert len(begun) == made
    assert not mark.exists()


def test_one_processor_or_a_cache_that_is_filled_needs_no_second_process(
    worlds: Any, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ahead.compiling_ahead(worlds.scenario(), processors=1):
        assert not cold.exists()
    monkeypatch.setattr(advance, "advance_villages", SimpleNamespace(is_kept=True))
    with ahead.compiling_ahead(worlds.scenario(), processors=2):
        assert not cold.exists()


def test_the_second_process_calls_every_kernel_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same types, or the run would compile once more what the other process has compiled for others."""
    called: set[tuple[str, Any]] = set()
    entry_of = Kernel.__call__

    def noted(self: Kernel, *arguments: Any) -> Any:
        kind, _ = table_of(self.py_func, self._names, arguments)
        called.add((self.py_func.__name__, kind))
        return entry_of(self, *arguments)

    monkeypatch.setattr(Kernel, "__call__", noted)
    scenario = scenarios.load("zhaotong", overrides={"scale": 1000, "spin_up": 14, "months": 2, "policy_start": 0})
    monkeypatch.setattr(simulation, "_worlds", type(simulation._worlds)())
    Run(*start_world(scenario, threads=1), 1, "kernel").advance(2)
    needed = set(called)
    assert {"advance_villages", "list_holders", "train", "merge_firms"} <= {name for name, _ in needed}
    called.clear()
    monkeypatch.setattr(advance, "advance_villages", advance.advance_villages)  # which main() replaces
    given = io.BytesIO(pickle.dumps(ahead.small(scenario)))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=given))
    ahead.main()
    assert given.read() == b""
    assert {name for name, _ in needed - called} - {"_uniforms"} == {"advance_villages"}  # villages are kept
