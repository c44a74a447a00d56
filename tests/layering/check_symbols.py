"""Checks that objects compiled for one instruction set define no symbol that the linker may take for everybody.

An inline function with external linkage is emitted weakly into every object that uses it, and the linker keeps any one
of the copies; if that is the copy with AVX-512 instructions, the program crashes on processors without them.
"""

import subprocess
import sys

SHARED_KINDS = "WVu"  # nm's letters for weak functions, weak objects and unique objects that are defined


def problems(nm_output):
    """Yields the shared symbols in the output of nm -C, but for the pointer to C++'s exception personality."""
    for line in nm_output.splitlines():
        parts = line.split(maxsplit=2)
        if len(parts) == 3 and parts[1] in SHARED_KINDS and not parts[2].startswith("DW.ref."):
            yield parts[2]


def main():
    nm, objects = sys.argv[1], sys.argv[2:]
    failed = not objects
    if not objects:
        print("no objects of *.simd.cpp were given")
    for path in objects:
        output = subprocess.run([nm, "-C", path], check=True, capture_output=True, text=True).stdout
        for symbol in problems(output):
            print(f"{path}: {symbol} could replace the copy of another instruction set; move it into an anonymous "
                  "namespace or do without it")
            failed = True
    if not failed:
        print(f"{len(objects)} objects define no shared symbol")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
