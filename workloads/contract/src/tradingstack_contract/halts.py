"""What the halt relay tells a risk API replica, what it answers, and when it must not trade."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from tradingstack_contract.base import ContractModel
from tradingstack_contract.files import Environment, KillSwitch, OnUnknown

AUDIENCE: Final = "tradingstack-halt-relay"
"""Whom the relay's token is for; no other service takes it, and no other token is taken here."""
SILENCE_SECONDS: Final = 30
"""How long a replica may trade without hearing from the relay, which speaks every second."""
Name = Annotated[str, Field(min_length=1, max_length=253)]


class Halt(ContractModel):
    """One TradingHalt."""

    name: Name
    uid: Name
    reason: str = Field(max_length=256)
    requested_by: str = Field(max_length=253)


class HaltOrder(ContractModel):
    """The whole truth of one moment about one stack; each order replaces the one before."""

    namespace: Name
    stack: Name
    relay: Name
    """The relay process that sends it; a restarted one has another name."""
    sequence: int = Field(ge=0)
    """Grows with every order of a relay process."""
    sent_at: AwareDatetime
    engaged: bool
    """Whether the stack's own spec engages the kill switch."""
    halts: tuple[Halt, ...] = Field(max_length=1000)


class TradingState(StrEnum):
    TRADING = "Trading"
    HALTED = "Halted"
    UNKNOWN = "Unknown"
    """Whether trading is halted cannot be told."""


class Acknowledgement(ContractModel):
    """A replica's answer to an order, given once the order is in force in it."""

    replica: Name
    """The name of the replica's pod."""
    halts: tuple[Name, ...] = Field(max_length=1000)
    """The UIDs of the halts it obeys."""
    state: TradingState


class StaleOrderError(ValueError):
    """The order is older than one that was already heard from the same relay."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a replica knows at one moment."""

    state: TradingState
    reason: str
    """Why, for the answer to a refused order."""
    may_trade: bool = False
    halts: tuple[str, ...] = ()
    """The UIDs of the halts in force."""


@dataclass(slots=True)
class HaltState:
    """What a replica heard last from each relay process, and what follows from it.

    Several relays are active, and one may lag behind another: a halt holds while any relay that
    spoke within the silence reports it. ``now`` is a monotonic clock's, in seconds.
    """

    policy: KillSwitch | None
    """None while the file is missing or unreadable."""
    environment: Environment
    silence_seconds: float = SILENCE_SECONDS
    _heard: dict[str, tuple[float, HaltOrder]] = field(default_factory=dict)

    def hear(self, order: HaltOrder, now: float) -> None:
        """Take an order. Raises ``StaleOrderError`` for one that a later order overtook."""
        recent = self._recent(now)
        if order.relay in recent and order.sequence < recent[order.relay][1].sequence:
            raise StaleOrderError(
                f"order {order.sequence} of {order.relay} came after a later one of the same relay"
            )
        self._heard = recent | {order.relay: (now, order)}

    def standing(self, now: float) -> Standing:
        """Tell whether the replica may take new orders; what is unknown forbids it."""
        if self.policy is None:
            return Standing(TradingState.UNKNOWN, "the policy of the kill switch cannot be read")
        if not self.policy.enabled:
            return Standing(TradingState.TRADING, "the kill switch is off", may_trade=True)
        orders = [order for _, order in self._recent(now).values()]
        if not orders:
            silence = f"the halt relay has not been heard for {self.silence_seconds:g} s"
            # in production silence halts, whatever the policy says
            trades_on = (
                self.policy.on_unknown is OnUnknown.CONTINUE
                and self.environment is not Environment.PRODUCTION
            )
            return Standing(TradingState.UNKNOWN, silence, may_trade=trades_on)
        halts = {halt.uid: halt.name for order in orders for halt in order.halts}
        if halts:
            listed = ", ".join(sorted(set(halts.values())))
            return Standing(
                TradingState.HALTED, f"halted by TradingHalt {listed}", halts=tuple(sorted(halts))
            )
        if any(order.engaged for order in orders):
            return Standing(TradingState.HALTED, "the stack's spec engages the kill switch")
        return Standing(TradingState.TRADING, "nothing halts the stack", may_trade=True)

    def _recent(self, now: float) -> dict[str, tuple[float, HaltOrder]]:
        return {
            relay: (at, order)
            for relay, (at, order) in self._heard.items()
            if now - at <= self.silence_seconds
        }
