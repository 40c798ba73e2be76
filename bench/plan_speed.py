"""How long parse, bind and plan take, warm and on one core: over a corpus of rules, and over texts of growing length.

    python bench/plan_speed.py [CORPUS.jsonl.gz] [--schemas SCHEMAS.json.gz]

A line of the corpus is a JSON object with the field `query` (in a Markdown fence or not) and, if it likes, `id`. Without a corpus only the scaling is measured.
A schema file maps table names to lists of [column, type]. Each text is planned once to warm up, then measured once.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kqlpy.api import Engine
from kqlpy.errors import KqlError
from kqlpy.plan.optimizer import optimize
from kqlpy.rules.load import without_fence

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def main() -> None:
    """Print the two tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", nargs="?", type=Path)
    options.add_argument("--schemas", type=Path)
    options.add_argument("--slowest", type=int, default=8)
    given = options.parse_args()
    engine = Engine(schemas=read(given.schemas) if given.schemas else None)
    if given.corpus:
        corpus(engine, given.corpus, given.slowest)
    scaling(Engine(schemas={"T": [["a", "long"], ["b", "string"], ["c", "dynamic"], ["t", "datetime"]]}))


def read(path: Path) -> Any:
    """A JSON file, packed or not."""
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def corpus(engine: Engine, path: Path, slowest: int) -> None:
    """Median, 99th percentile and the slowest of a file of rules."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    texts = [(str(r.get("id", number)), without_fence(r["query"])[0]) for number, r in enumerate(records)]
    for _, text in texts:
        plan(engine, text)
    times = []
    for name, text in texts:
        start = time.process_time()
        error = plan(engine, text)
        times.append((time.process_time() - start, name, len(text), error))
    times.sort()
    failed = sum(1 for *_, error in times if error)
    print(f"{len(times)} texts, {failed} with errors: median {1e3 * times[len(times) // 2][0]:.2f} ms, ", end="")
    print(f"p99 {1e3 * times[int(len(times) * 0.99)][0]:.1f} ms, all {sum(t for t, *_ in times):.1f} s")
    for seconds, name, size, error in reversed(times[-slowest:]):
        print(f"  {1e3 * seconds:8.1f} ms  {size:7} characters  {name}  {error}")


def plan(engine: Engine, text: str) -> str:
    """Plan a text and optimize its results; the class and code of the error, if there is one."""
    try:
        prepared = engine.plan(text)
        with prepared.room():
            for result in prepared.bound.results:
                optimize(result.plan)
    except KqlError as error:
        return f"{type(error).__name__} {error.code}"
    return ""


def scaling(engine: Engine) -> None:
    """Milliseconds for generated texts of 10 kB to 1 MB, and how much more than ten times ten times the text takes."""
    print(f"\n{'generated text':28}" + "".join(f"{size // 1000:>8} kB" for size in SIZES))
    for name, make in FORMS.items():
        times = []
        for size in SIZES:
            text = make(size)
            start = time.process_time()
            error = plan(engine, text)
            times.append((time.process_time() - start, error))
            if times[-1][0] > 60:
                break
        print(f"{name:28}" + "".join(f"{1e3 * seconds:>9.0f}{'*' if error else ' '} " for seconds, error in times) + f" {unlike(times)}")
    print("(milliseconds; * ended with an error)")


def unlike(times: list[tuple[float, str]]) -> str:
    """The error, else how the time grew from the second to the last size."""
    errors = [error for _, error in times if error]
    return errors[0] if errors else f"x{times[-1][0] / times[1][0]:.0f} for x33 of text"


def many(piece: str, size: int, joint: str = ", ") -> str:
    """A piece with `#` replaced by 0, 1, 2 ... as often as the size asks for."""
    count = size // (len(piece) + len(joint) + 4) + 1
    return joint.join([piece.replace("#", str(number)) for number in range(count)])


FORMS: dict[str, Callable[[int], str]] = {
    "in (a list of texts)": lambda size: "T | where b in (" + many('"value-#"', size) + ")",
    "dynamic([...])": lambda size: "print dynamic([" + many('"value-#"', size) + "])",
    "datatable": lambda size: "datatable(a: long, b: string)[" + many('#, "value-#"', size) + "]",
    "where ... or ...": lambda size: "T | where " + many('b has "v#"', size, " or "),
    "project of many columns": lambda size: "T | project " + many("x# = a + #", size),
    "200 operators": lambda size: "T " + " ".join("| extend " + many("x# = a + #", size // 200) for _ in range(200)),
    "where after where": lambda size: "T " + many("| where a != #", size, "\n"),
    "lets": lambda size: many("let x# = # + 1;", size, "\n") + "\nprint x0",
    "union of many legs": lambda size: "union " + many("(T | where a == #)", size),
    "comments": lambda size: many("// remark # on nothing", size, "\n") + "\nT",
}


if __name__ == "__main__":
    main()
