"""Takes torch, and what only its build for NVIDIA GPUs needs, out of the locked lists into lists of their own.

There are two builds of torch for Linux, and the one for processors alone needs none of these 3 GB. It is not in the
index of Python packages, but whoever has it in an index of their own is spared the other.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
GPU = re.compile(r"(nvidia|cuda|triton)\b")
# sha256 of torch for processors alone
CPU_BUILDS = ("6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",)  # Linux x86_64, Python 3.11


def entries(text: str) -> list[str]:
    """The packages of a list, each with its hashes."""
    return [entry for entry in re.split(r"\n(?=\S)", text.strip()) if entry]


def write(name: str, packages: list[str]) -> None:
    """A list of packages as a file beside this one."""
    (HERE / f"{name}.txt").write_text("\n".join(packages) + "\n", encoding="utf-8")


def main() -> None:
    """Part every list; torch and what it needs are the same in all of them."""
    torch: list[str] = []
    gpu: list[str] = []
    for name in ("app", "test"):
        packages = entries((HERE / f"{name}.txt").read_text(encoding="utf-8"))
        torch = [p for p in packages if p.startswith("torch==")]
        gpu = [p for p in packages if GPU.match(p)]
        write(name, [p for p in packages if p not in torch and p not in gpu])
    write("torch", torch)
    hashes = "".join(f" \\\n    --hash=sha256:{h}" for h in CPU_BUILDS)
    write("torch-cpu", [p.split(" ")[0] + "+cpu" + hashes for p in torch])
    write("torch-gpu", gpu)


if __name__ == "__main__":
    main()
