"""Golden files as a reader wants them: keys in the builders' order, long texts as blocks."""

import yaml


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):  # noqa: ARG002 - a repeated value is written out each time
        return True

    def increase_indent(self, flow=False, indentless=False):  # noqa: ARG002, FBT002 - PyYAML's
        return super().increase_indent(flow, indentless=False)


def _text(dumper, value):
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(manifests):
    return yaml.dump_all(
        manifests, Dumper=_Dumper, sort_keys=False, width=1000, explicit_start=True
    )


def load(text):
    return list(yaml.safe_load_all(text))
