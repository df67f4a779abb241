"""What a person sees while it measures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


@dataclass(frozen=True, slots=True)
class Live:
    """One bar for each question, and one line for what is happening now."""

    progress: Progress

    def say(self, text: str) -> None:
        self.progress.console.print(f"[dim]{text}[/dim]")

    @contextmanager
    def steps(self, title: str, count: int) -> Iterator["Steps"]:
        yield Steps(self.progress, self.progress.add_task(title, total=count, now=""))


@dataclass(frozen=True, slots=True)
class Steps:
    """One question's bar."""

    progress: Progress
    task: TaskID

    def now(self, text: str) -> None:
        self.progress.update(self.task, now=text)

    def done(self) -> None:
        self.progress.update(self.task, advance=1, now="")


@contextmanager
def live(console: Console) -> Iterator[Live]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[now]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield Live(progress)
