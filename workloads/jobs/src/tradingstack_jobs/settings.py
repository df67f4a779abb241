"""What a Job learns from its environment and its mounted files; the contract names both."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from tradingstack_contract import paths
from tradingstack_contract.base import ContractFile
from tradingstack_contract.text import ContractError, from_yaml

File = TypeVar("File", bound=ContractFile)


class SettingsError(Exception):
    """The pod is not what the contract says; names the variable or the file."""


def variable(name: str, environ: Mapping[str, str] = os.environ) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(f"{name} is not set: the operator sets it in every pod of a stack")
    return value


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {type(problem).__name__}") from None


def contract_file(model: type[File], path: Path | None = None) -> File:
    """Read a file of the contract, from its place in the configuration directory by default."""
    place = path or Path(variable(paths.ENV_CONFIG_DIR)) / model.file_name
    try:
        return from_yaml(model, read(place))
    except ContractError as problem:
        raise SettingsError(f"{place.parent}/{problem}") from None
