#!/usr/bin/env python3
"""Every library that the GPU bundle's programs and libraries need is in the bundle or left to every machine.

    python3 libraries_test.py BUNDLE_FOLDER ALLOWED_LIBRARIES

Exit status 77 where no bundle was made (scripts/gpu-bundle).
"""
import pathlib
import re
import subprocess
import sys

NEWEST = {"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30)}


def main():
    bundle, allowed = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not (bundle / "VERSIONS").exists():
        print(f"no bundle in {bundle}: scripts/gpu-bundle makes one")
        return 77
    names = {line for line in allowed.read_text().splitlines() if not line.startswith("#")}
    there = {file.name for file in (bundle / "lib").iterdir()}
    wrong = []
    needed_at_all = set()
    for file in sorted([*(bundle / "bin").iterdir(), *(bundle / "lib").iterdir()]):
        dynamic = subprocess.run(["readelf", "-d", file], check=True, text=True, capture_output=True).stdout
        needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
        needed_at_all.update(needed)
        wrong += [f"{file.name} needs {name}" for name in needed if name not in there and name not in names]
        if file.parent.name == "bin" and "(RPATH)" not in dynamic:
            wrong.append(f"{file.name} has no RPATH, which alone holds for the libraries of its libraries")
        symbols = subprocess.run(["objdump", "-T", file], check=True, text=True, capture_output=True).stdout
        for what, version in set(re.findall(r"\b(GLIBC|GLIBCXX)_([\d.]+)", symbols)):
            if tuple(map(int, version.split("."))) > NEWEST[what]:
                wrong.append(f"{file.name} needs {what}_{version}")
    wrong += [f"{name} is there and nobody needs it" for name in sorted(there - needed_at_all)]
    wrong += [f"{name} is not to be in the bundle" for name in sorted(there & names)]
    wrong += ["libcuda is needed to start"] if any(name.startswith("libcuda") for name in needed_at_all) else []
    print("\n".join(wrong) or f"{len(there)} libraries, nothing else is needed")
    return 1 if wrong or not needed_at_all else 0


if __name__ == "__main__":
    sys.exit(main())
