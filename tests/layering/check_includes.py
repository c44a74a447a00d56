"""Checks the direction of includes between rooms, that include paths start at the repository, and names of files."""

import os
import re
import sys

# What each room may include besides itself. tests and fuzzers may include everything.
MAY_INCLUDE = {
    "formats": set(),
    "scaling": {"formats"},
    "sim": {"formats", "scaling"},
    "cuda": {"formats", "scaling"},
    "experiments": {"formats", "scaling", "sim", "cuda"},
}
ROOMS = set(MAY_INCLUDE)
GENERATED = {"octavo_git_commit.h"}  # written into the build folder by CMake
FORBIDDEN_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "core"}
SOURCE = re.compile(r"\.(h|hpp|cpp|cc|cu|cuh)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def tree(root):
    """Paths of all folders and files under root, relative to it, without hidden ones and build output."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "__pycache__")) and f != "out")
        relative = os.path.relpath(folder, root)
        for name in folders + sorted(files):
            yield name if relative == "." else os.path.join(relative, name)


def include_problems(root, path):
    """Yields one line for each include of the source file `path` that breaks a rule."""
    room = path.split(os.sep)[0]
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            bracket, included = match.groups()
            target = included.split("/")[0]
            where = f"{path}:{number}: "
            if bracket == "<":
                if target in ROOMS and "/" in included:
                    yield where + f'write "{included}" in quotes: it is a file of this repository'
                continue
            if included in GENERATED:
                continue
            if not os.path.isfile(os.path.join(root, included)):
                yield where + f'"{included}" is not a path from the root of the repository'
            elif room in ROOMS and target != room and target not in MAY_INCLUDE[room]:
                yield where + f'{room} must not include "{included}"'


def problems(root):
    for path in tree(root):
        stem = os.path.basename(path).split(".")[0].lower()
        if stem in FORBIDDEN_NAMES:
            yield f'{path}: "{stem}" says nothing; name the one idea that the file or folder holds'
        if SOURCE.search(path):
            yield from include_problems(root, path)


def main():
    found = list(problems(sys.argv[1]))
    print("\n".join(found) if found else "includes and names keep the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
