"""What the demo shows: numbered steps, and a table of conditions that lives until Ready."""

from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

COLOURS = {"True": "green", "False": "red", "Unknown": "yellow"}
STEPS = 8
WIDTHS = {"CONDITION": 22, "STATUS": 9, "REASON": 21}
"""Wide enough for every condition and reason, so that the table does not jump."""


class Screen:
    """Writes to a terminal, or plain lines to a file."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._step = 0

    def step(self, title: str) -> None:
        self._step += 1
        self.console.print(f"\n[bold cyan]{self._step}/{STEPS} {escape(title)}[/]")

    def say(self, text: str) -> None:
        self.console.print(f"    {escape(text)}", soft_wrap=True)

    def proof(self, text: str) -> None:
        self.console.print(f"    [bold green]proved[/] {escape(text)}", soft_wrap=True)

    def live(self) -> "ConditionTable":
        return ConditionTable(self.console)


class ConditionTable:
    """The stack's conditions and workloads; where there is no terminal, only their changes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live = Live(console=console, transient=False, auto_refresh=False)
        self._seen: dict[str, tuple[str, str]] = {}

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def show(self, status: Mapping[str, Any], seconds: float) -> None:
        conditions = status.get("conditions", [])
        if self.console.is_terminal:
            title = Text(f"    {seconds:5.1f} s")
            self._live.update(Group(title, table_of(conditions, status)), refresh=True)
            return
        for item in conditions:
            now = (item["status"], item["reason"])
            if self._seen.get(item["type"]) != now:
                self._seen[item["type"]] = now
                line = f"    {seconds:5.1f} s  {item['type']}={item['status']} ({item['reason']})"
                self.console.print(line)


def table_of(conditions: list[Mapping[str, str]], status: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 4))
    for column, width in WIDTHS.items():
        table.add_column(column, min_width=width, no_wrap=True)
    table.add_column("MESSAGE", overflow="ellipsis", no_wrap=True)
    for item in conditions:
        trouble = item["type"] in {"Reconciling", "Stalled"}
        colour = "yellow" if trouble else COLOURS[item["status"]]
        state = f"[{colour}]{item['status']}[/]"
        table.add_row(item["type"], state, item["reason"], escape(item["message"]))
    for part in status.get("components", []):
        count = f"{part['readyReplicas']}/{part['replicas']} ready"
        table.add_row(f"  {part['name']}", count, "", escape(part.get("message", "")))
    return table
