"""Contract files to YAML and back."""

import json
from typing import TypeVar

import yaml
from pydantic import ValidationError

from tradingstack_contract.base import ContractFile

File = TypeVar("File", bound=ContractFile)


class ContractError(ValueError):
    """A file does not say what the contract asks for; names the file and every bad field."""


def to_yaml(file: ContractFile) -> str:
    """Write a file's text; equal values give equal text."""
    content = file.model_dump(mode="json", by_alias=True)
    # libyaml's emitter: the operator writes such files for every stack, and it is ten times faster
    return str(yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=True))


def from_yaml(model: type[File], text: str) -> File:
    """Read a file's text, or raise ContractError; no value of the file appears in the message."""
    try:
        # JSON's rules are the strict ones: no "yes" for true and no text for a number.
        content = json.dumps(yaml.safe_load(text))
    except (yaml.YAMLError, TypeError, ValueError) as problem:
        raise ContractError(f"{model.file_name}: is not plain YAML") from problem
    try:
        return model.model_validate_json(content)
    except ValidationError as problem:
        findings = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'the file'}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)
        )
        raise ContractError(f"{model.file_name}: {findings}") from None
