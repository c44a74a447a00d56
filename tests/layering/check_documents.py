"""Checks that the documents point at what is there: links, headings that links name, and paths in code; that the README stays
short; and that sources name no document that is not there."""

import glob
import os
import re
import sys

MOST_LINES = 100  # of the README
MOST_BYTES = 9000
FENCE = re.compile(r"^(```|~~~)")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.M)
BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
DOCUMENT = re.compile(r"(?<![\w.*/-])(\w[\w./-]*\.md)\b")
PLACEHOLDER = re.compile(r"<[^>]*>|NAME")  # a part of a path that stands for any name


def skipped(name):
    return name.startswith((".", "build")) or name in ("out", "__pycache__")


def documents(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not skipped(name))
        yield from (os.path.relpath(os.path.join(folder, name), root) for name in sorted(files) if name.endswith(".md"))


def alternatives(path):
    """`a/{b,c}.h` as `a/b.h` and `a/c.h`."""
    match = BRACES.search(path)
    if not match:
        return [path]
    return [way for part in match.group(1).split(",") for way in alternatives(path[: match.start()] + part + path[match.end() :])]


def exists(root, path):
    """True for a file, a folder, a source named without its extension, and a pattern that something fits."""
    whole = os.path.join(root, path)
    if os.path.exists(whole) or os.path.isfile(whole + ".h") or os.path.isfile(whole + ".cpp"):
        return True
    pattern = PLACEHOLDER.sub("*", path)
    return pattern != glob.escape(path) and bool(glob.glob(os.path.join(root, pattern)))


def code_of(text):
    """Yields (line number, code): spans in backticks, and the lines of fenced and indented blocks."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield number, line
        else:
            yield from ((number, match.group(1)) for match in CODE.finditer(line))


def anchors(text):
    """What links to the headings of a document are called."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)}


def link_problems(root, document, text):
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(CODE.sub("", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, heading = target.partition("#")
            whole = os.path.normpath(os.path.join(root, os.path.dirname(document), path)) if path else os.path.join(root, document)
            if not os.path.exists(whole):
                yield f"{document}:{number}: nothing is at the end of the link {target}"
            elif heading and whole.endswith(".md"):
                with open(whole, encoding="utf-8") as file:
                    if heading not in anchors(file.read()):
                        yield f"{document}:{number}: {path or document} has no heading #{heading}"


def path_problems(root, tops, document, text):
    for number, code in code_of(text):
        for word in re.split(r"[\s`\"'=()\[\]]+", code):
            word = word.strip(",;:").rstrip(".")
            if word.split("/")[0] not in tops or "/" not in word:
                continue
            for path in alternatives(word):
                if not exists(root, path):
                    yield f"{document}:{number}: there is no {path}"


def sources(root):
    """Sources whose comments may name documents; the checkers' own tests invent some."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not skipped(name))
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith((".h", ".cpp", ".cu", ".cuh", ".py", ".cmake")) and not path.startswith("tests/layering/"):
                yield path


def comment_problems(root, source, text):
    """Documents of the project that a source names and that are not there."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in DOCUMENT.findall(line):
            if not any(os.path.exists(os.path.join(root, *place, name)) for place in ((), ("docs",), (os.path.dirname(source),))):
                yield f"{source}:{number}: there is no {name}"


def problems(root):
    tops = {name for name in os.listdir(root) if os.path.isdir(os.path.join(root, name)) and not skipped(name)}
    for document in documents(root):
        with open(os.path.join(root, document), encoding="utf-8") as file:
            text = file.read()
        if document == "README.md":
            lines, size = len(text.splitlines()), len(text.encode())
            if lines > MOST_LINES or size > MOST_BYTES:
                yield f"README.md: {lines} lines and {size} bytes; at most {MOST_LINES} and {MOST_BYTES}: what belongs into docs?"
        yield from link_problems(root, document, text)
        yield from path_problems(root, tops, document, text)
    for source in sources(root):
        with open(os.path.join(root, source), encoding="utf-8", errors="replace") as file:
            yield from comment_problems(root, source, file.read())


def main():
    found = list(problems(sys.argv[1]))
    print("\n".join(found) if found else "every link and path of the documents exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
