"""CPU and wall time of `kqlpy run` on the example rules, as a process of its own: the best of five.

    python bench/rules.py [DATA_FOLDER NOW]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = [sys.executable, "-c", "import pyarrow.dataset, lark, yaml"]


def main(data: str, now: str) -> None:
    """Print one table: the imports as a yardstick, then each rule."""
    base = best(BASE)
    print(f"{'':45} {'CPU s':>6} {'wall s':>6} {'ratio':>6}")
    print(f"{'import pyarrow.dataset, lark, yaml':45} {base[0]:6.2f} {base[1]:6.2f} {1:6.2f}")
    for rule in sorted((ROOT / "rules").glob("*.yaml")):
        cpu, wall = best([sys.executable, "-m", "kqlpy", "run", str(rule), "--data", data, "--now", now])
        print(f"{rule.name:45} {cpu:6.2f} {wall:6.2f} {cpu / base[0]:6.2f}")


def best(command: list[str]) -> tuple[float, float]:
    """The least CPU and wall seconds of five runs."""
    times = []
    for _ in range(5):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - start))
    return min(cpu for cpu, _ in times), min(wall for _, wall in times)


if __name__ == "__main__":
    main(*(sys.argv[1:3] if len(sys.argv) > 2 else (str(ROOT / "examples" / "data"), "2024-05-15T12:00:00Z")))
