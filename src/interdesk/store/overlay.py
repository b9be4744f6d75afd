"""Arguments laid over others."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import Any, cast


def overlaid(*layers: Mapping[str, Any]) -> Mapping[str, Any]:
    """All names of all layers; the first layer that has a name answers. Nothing is copied or looked up before."""
    return ChainMap(*cast("tuple[MutableMapping[str, Any], ...]", layers))  # which only writing would need
