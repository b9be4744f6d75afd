"""Finds extensions, checks them, and binds what they add. All faults are told together, each with its extension."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from interdesk.approvals.tasks import task
from interdesk.desk.methods import bind
from interdesk.dialects.itop import CORE, RESERVED, Service
from interdesk.errors import DesignError
from interdesk.extensions.extension import Extension, ExtensionError, ExtensionFault
from interdesk.model import Model
from interdesk.model.design.faults import Fault

GROUP = "interdesk.extensions"  # the entry point group of installed extensions
ATTRIBUTE = "extension"  # the name in a file or folder under which its extension is found
OPERATION = re.compile(r"[\w.-]+(?:/[\w.-]+)+")


class Extensions:
    """The extensions of a desk, in the order in which they take effect. Raises ExtensionError."""

    def __init__(self, extensions: Iterable[Extension]) -> None:
        self._extensions = tuple(extensions)
        if faults := list(_faults(self._extensions)):
            raise ExtensionError(faults)

    def __iter__(self) -> Iterator[Extension]:
        return iter(self._extensions)

    def designs(self) -> list[Path]:
        """The files that the extensions add to the design."""
        return [path for extension in self for path in extension.designs]

    def named(self, problem: DesignError) -> DesignError:
        """The same faults of a design; those in a file of an extension name it."""
        owners = {str(path): extension.name for extension in self for path in extension.designs}

        def with_owner(fault: object) -> object:
            if isinstance(fault, Fault) and fault.file in owners:
                return dataclasses.replace(fault, file=f"extension {owners[fault.file]}: {fault.file}")
            return fault

        return DesignError([with_owner(fault) for fault in problem.faults])

    def bind(self, model: Model) -> None:
        """Binds methods, and tasks of flows. Raises ExtensionError for classes that are not there."""
        faults = [
            ExtensionFault(extension.name, f"its method {bound.name} is for the class {bound.cls}, which is not there")
            for extension in self
            for bound in extension.methods
            if bound.cls not in model.classes
        ]
        if faults:
            raise ExtensionError(faults)
        for extension in self:
            for bound in extension.methods:
                bind(bound.cls, bound.name, bound.function)
            for name, function in extension.tasks.items():
                task(name)(function)

    def offer(self, service: Service) -> None:
        """Adds the operations to those of the REST interface."""
        for extension in self:
            for offered in extension.operations:
                service.offer(offered.name, offered.description, offered.run, extension.name)


@functools.cache
def installed_and_named(paths: tuple[str, ...]) -> Extensions:
    """The extensions of installed packages, by name, then those of files and folders. Raises ExtensionError."""
    sources: list[tuple[str, Callable[[], Any]]] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        sources.append((_described(point), point.load))
    for path in paths:
        sources.append((path, functools.partial(_from_path, Path(path))))
    found: list[Extension] = []
    faults: list[ExtensionFault] = []
    for place, load in sources:
        try:
            extension = load()
        except Exception as problem:
            faults.append(ExtensionFault(place, f"cannot be loaded: {_told(problem)}"))
            continue
        if isinstance(extension, Extension):
            found.append(extension)
        else:
            faults.append(ExtensionFault(place, f"is no interdesk.extensions.Extension but {extension!r:.100}"))
    if faults:
        raise ExtensionError([*faults, *_faults(found)])
    return Extensions(found)


def _described(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "?"
    return f"{point.name} (package {package}, {point.value})"


def _from_path(path: Path) -> Any:
    """The extension of a Python file, or of a folder with an ``__init__.py``."""
    file = path / "__init__.py" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]
    name = f"interdesk_extension_{path.resolve().stem}_{digest}"
    folder = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folder)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        return getattr(module, ATTRIBUTE)
    except BaseException:
        del sys.modules[name]
        raise


def _told(problem: Exception) -> str:
    """The error with the place where it arose, when that is not in Python's own machinery."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if "importlib" not in frame.filename]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames[1:] else ""
    return f"{type(problem).__name__}: {problem}{place}"


def _faults(extensions: Iterable[Extension]) -> Iterator[ExtensionFault]:
    names: set[str] = {CORE}
    operations: dict[str, str] = dict.fromkeys(RESERVED, CORE)
    for extension in extensions:
        if not extension.name.strip() or extension.name in names:
            yield ExtensionFault(extension.name or "''", "needs a name that no other extension has")
        names.add(extension.name)
        for path in extension.designs:
            if not path.is_file():
                yield ExtensionFault(extension.name, f"there is no design file {path}")
        for name in extension.tasks:
            if not OPERATION.fullmatch(name):
                yield ExtensionFault(extension.name, f"a task is named like acme/make_folder, not {name!r}")
        for offered in extension.operations:
            if not OPERATION.fullmatch(offered.name):
                yield ExtensionFault(extension.name, f"an operation is named like acme/list, not {offered.name!r}")
            elif offered.name in operations:
                owner = operations[offered.name]
                yield ExtensionFault(extension.name, f"{owner} offers an operation {offered.name} already")
            operations.setdefault(offered.name, extension.name)
