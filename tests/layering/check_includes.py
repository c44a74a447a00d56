"""Checks that includes go one way between rooms and between folders, that include paths start at the repository, names of
files and how many sources a folder has."""

import os
import re
import sys

# What each room may include besides itself. tests and fuzzers may include everything.
MAY_INCLUDE = {
    "messages": set(),
    "machine": {"messages"},
    "formats": {"messages", "machine"},
    "scaling": {"messages", "machine", "formats"},
    "sim": {"messages", "machine", "formats", "scaling"},
    "cuda": {"messages", "machine", "formats", "scaling"},
    "experiments": {"messages", "machine", "formats", "scaling", "sim", "cuda"},
}
ROOMS = set(MAY_INCLUDE)
MOST_SOURCES = 20  # in a folder of a room; beyond, a folder inside it would say what belongs together
GENERATED = {"octavo_git_commit.h", "octavo_test_paths.h"}  # written into the build folder by CMake
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


def quoted_includes(root, path):
    """Yields (line number, included path) for each include in quotes of the source file `path`."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if match and match.group(1) == '"':
                yield number, match.group(2)


def cycle_problems(root, sources):
    """Yields one line for each set of folders of the rooms that include each other, with an include for every arrow."""
    arrows = {}  # folder -> folder -> the first include that makes the arrow
    for path in sources:
        folder = os.path.dirname(path)
        for number, included in quoted_includes(root, path):
            target = os.path.dirname(included)
            if target != folder and os.path.isfile(os.path.join(root, included)):
                arrows.setdefault(folder, {}).setdefault(target, f'{path}:{number} includes "{included}"')

    def reached(start):
        found, waiting = set(), [start]
        while waiting:
            for target in arrows.get(waiting.pop(), {}):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return found

    reach = {folder: reached(folder) for folder in arrows}
    seen = set()
    for folder in sorted(reach):
        if folder in reach[folder] and folder not in seen:
            cycle = {other for other in reach[folder] if folder in reach.get(other, ())}
            seen |= cycle
            ways = [arrows[a][b] for a in sorted(cycle) for b in sorted(arrows[a]) if b in cycle]
            yield f"cycle of folders {', '.join(sorted(cycle))}: {'; '.join(ways)}"


def size_problems(sources):
    counts = {}
    for path in sources:
        counts[os.path.dirname(path)] = counts.get(os.path.dirname(path), 0) + 1
    for folder, count in sorted(counts.items()):
        if count > MOST_SOURCES:
            yield f"{folder}: {count} sources; at most {MOST_SOURCES}: what would a folder inside it be called?"


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
    sources = []
    for path in tree(root):
        stem = os.path.basename(path).split(".")[0].lower()
        if stem in FORBIDDEN_NAMES:
            yield f'{path}: "{stem}" says nothing; name the one idea that the file or folder holds'
        if SOURCE.search(path):
            yield from include_problems(root, path)
            if path.split(os.sep)[0] in ROOMS:
                sources.append(path)
    yield from cycle_problems(root, sources)
    yield from size_problems(sources)


def main():
    found = list(problems(sys.argv[1]))
    print("\n".join(found) if found else "includes and names keep the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
