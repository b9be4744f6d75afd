"""A folder whose files are replaced all at once: it is a link to a set of files, and a new set is a new link.

Until the link is exchanged nothing of a new set can be seen; an interrupted export leaves the old set in its place.
"""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from interdesk.errors import InterdeskError

PRIVATE, PUBLIC, FOLDER = 0o600, 0o644, 0o755
SECRET = re.compile(
    r"^(?P<before>\d+ => )(?P<box>[^,\n]+)"  # of a voicemail box
    r"|^(?P<option>(?:\w+\.\d+\.)?password = |sip line\d+ password: )(?P<secret>[^\n]+)",
    re.MULTILINE,
)
LINK = ".link"
Files = Mapping[str, str]


class FolderInTheWay(InterdeskError):
    """The target cannot be replaced."""

    code = "export.folder"


def replace(folder: Path, files: Files, *, public: Collection[str] = ()) -> bool:
    """Makes ``files`` (name -> text) the content of ``folder``; True when that changed anything.

    Everything but ``public`` is readable by the owner alone. Raises FolderInTheWay, and OSError when the disk is full
    or may not be written: the folder is as it was then.
    """
    folder = folder.absolute()
    _check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent):
        if folder.is_symlink() and read(folder) == dict(files):
            return False
        _remove_leftovers(folder)
        if folder.is_dir() and not folder.is_symlink():
            folder.rmdir()  # an empty one: a link takes its place
        made = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
        try:
            for name, text in files.items():
                _write(made / name, text, PUBLIC if name in public else PRIVATE)
            made.chmod(FOLDER)
            _settle(made)
            _point(folder, made)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        _settle(folder.parent)
        _remove_leftovers(folder)
    return True


def read(folder: Path) -> dict[str, str]:
    """name -> text of what is there now; {} when there is nothing."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in folder.iterdir()}


def difference(folder: Path, files: Files) -> str:
    """What ``replace`` would change, as a unified diff; secrets are shown as marks that differ when they do.

    Raises FolderInTheWay.
    """
    folder = folder.absolute()
    _check(folder)
    old, key = read(folder), secrets.token_bytes(16)
    found: list[str] = []
    for name in sorted({*old, *files}):
        before, after = (_masked(side.get(name, ""), key).splitlines(keepends=True) for side in (old, files))
        shown = str(folder / name)
        origin, target = (shown if name in side else "/dev/null" for side in (old, files))
        found += difflib.unified_diff(before, after, origin, target)
    return "".join(found)


def _masked(text: str, key: bytes) -> str:
    def mark(match: re.Match[str]) -> str:
        hidden = (match["box"] or match["secret"]).encode()
        digest = hashlib.blake2b(hidden, key=key, digest_size=3).hexdigest()
        return f"{match['before'] or match['option']}<secret {digest}>"

    return SECRET.sub(mark, text)


def _check(folder: Path) -> None:
    """Raises FolderInTheWay unless the folder is one of ours, empty or not there."""
    if folder.is_symlink():
        ours = _sets(folder).fullmatch(os.readlink(folder)) is not None
    else:
        ours = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not ours:
        raise FolderInTheWay(
            f"{folder} has other content: name a folder that does not exist yet, and include its files from there"
        )


def _prefix(folder: Path) -> str:
    return f".{folder.name}."


def _sets(folder: Path) -> re.Pattern[str]:
    """The names of the sets of a folder, which lie beside it."""
    return re.compile(re.escape(_prefix(folder)) + r"[a-z0-9_]{8}")


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """One export at a time: others wait."""
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, text: str, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """The names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point(folder: Path, made: Path) -> None:
    link = made.with_name(made.name + LINK)
    link.symlink_to(made.name)
    os.replace(link, folder)


def _remove_leftovers(folder: Path) -> None:
    """Sets that nothing points to: the one before, and those of interrupted exports."""
    current = os.readlink(folder) if folder.is_symlink() else ""
    pattern = _sets(folder)
    for path in folder.parent.iterdir():
        if path.name != current and pattern.fullmatch(path.name.removesuffix(LINK)):
            if path.is_symlink():
                path.unlink()
            else:
                shutil.rmtree(path)
