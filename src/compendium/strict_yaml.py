"""YAML read strictly: nothing is silently read as something else."""

from collections.abc import Hashable
from typing import Any

import yaml

from compendium.errors import InputError


class _StrictLoader(yaml.SafeLoader):
    """YAML without what it silently reads as something else: keys given twice, 012 and 12:30."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise InputError(
                    f"{_place(node)}, mapping: the key {key!r} is given twice; keep one of them."
                )
        return super().construct_mapping(node, deep)

    def plain_number(self, node: yaml.ScalarNode) -> int | float:
        """A number in the decimal system, written as people write it."""
        text = node.value.lstrip("+-")
        whole = node.tag.endswith(":int")
        read = self.construct_yaml_int(node) if whole else self.construct_yaml_float(node)
        if set(text) & set(":_xb") or (whole and len(text) > 1 and text[0] == "0"):
            raise InputError(
                f"{_place(node)}: YAML reads {node.value} as {read:g}. Write the number that is "
                f"meant in decimals, or the text in quotation marks."
            )
        return read


for _kind in ("int", "float"):
    _StrictLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _StrictLoader.plain_number)


def _place(node: yaml.Node) -> str:
    return f"{node.start_mark.name}, line {node.start_mark.line + 1}"


def read_yaml(text: str, where: str) -> Any:
    """What a YAML text holds, read strictly.

    Args:
        where: the text's place, for messages.

    Raises:
        InputError: not YAML, a key twice, or a number that is not in plain decimals.
    """
    loader = _StrictLoader(text)
    loader.name = where
    try:
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not readable as YAML ({error}). Mend that place.") from None
    except RecursionError:
        raise InputError(
            f"{where}: not readable as YAML (brackets in brackets without end). Mend that place."
        ) from None
    finally:
        loader.dispose()
