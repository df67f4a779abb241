"""Every alert fires when it should, and neither for a blip nor for its neighbour's trouble."""

import pytest

from tests.prometheus.playing import condition, reported, served

BOOK = served(
    "md_last_valid_book_timestamp_seconds", "ingestor", ingestor="kraken", symbol="BTC/USD"
)
LOOK = served("watchdog_last_look_timestamp_seconds", "watchdog")
UP = served("up", "risk-api")
FOUND = served("tradingstack_insecure_flag", "watchdog", flag="AllowInsecureTLS")
OPEN = served("risk_circuit_breaker_open", "risk-api", breaker="maxDrawdownPct")
MODE = served("tradingstack_mode_info", "risk-api", environment="production", mode="simulation")
LIVE = served("tradingstack_mode_info", "risk-api", environment="production", mode="live")
SYNC_ERRORS = 'externalsecret_sync_calls_error{namespace="trading-prod",name="alpha-cache"}'
FOREIGN_ERRORS = 'externalsecret_sync_calls_error{namespace="trading-other",name="alpha-cache"}'
EXPORTED_ERRORS = (
    'externalsecret_sync_calls_error{namespace="eso",exported_namespace="trading-prod",name="a"}'
)
UNLOCKED = condition("NetworkLockedDown", "False", "PolicyMissing")
READY = condition("Ready", "True", "AllComponentsReady")
ALWAYS = "1x2000"

TROUBLE = [
    # alert, the series that is the trouble, its values, from when on it fires
    ("TradingStackUnwatched", READY, "_x2000", "5m"),
    ("TradingStackStalled", condition("Stalled", "True", "InvalidSpec"), ALWAYS, "10m"),
    ("ComponentNotReady", condition("DatabaseReady", "False", "PrimaryUnavailable"), ALWAYS, "10m"),
    ("ComponentNotReady", condition("RiskAPIReady", "False", "NoReadyReplicas"), ALWAYS, "10m"),
    ("InvariantViolated", condition("InvariantsHeld", "False", "DriftRepaired"), ALWAYS, "2m"),
    (
        "DatabaseRedundancyLost",
        condition("DatabaseHighlyAvailable", "False", "Degraded"),
        ALWAYS,
        "10m",
    ),
    (
        "ObservabilityDegraded",
        condition("ObservabilityReady", "False", "RoutingMissing"),
        ALWAYS,
        "30m",
    ),
    ("TradingStackPaused", reported("tradingstack_paused"), ALWAYS, "60m"),
    ("CredentialsNotSynced", condition("CredentialsSynced", "False", "SyncError"), ALWAYS, "10m"),
    ("ExternalSecretSyncErrors", SYNC_ERRORS, "0+1x2000", "20m"),
    ("ExternalSecretSyncErrors", EXPORTED_ERRORS, "0+1x2000", "20m"),
    (
        "CredentialRotationDue",
        condition("CredentialsRotated", "True", "RotationDue"),
        ALWAYS,
        "60m",
    ),
    (
        "CredentialRotationOverdue",
        condition("CredentialsRotated", "False", "RotationOverdue"),
        ALWAYS,
        "15m",
    ),
    (
        "NetworkNotLockedDown",
        UNLOCKED,
        ALWAYS,
        "5m",
    ),
    ("EgressProbeReached", condition("NetworkLockedDown", "False", "ProbeFailed"), ALWAYS, "0m"),
    (
        "InsecureFlagEnabled",
        condition("SafetyControlsActive", "False", "InsecureFlagEnabled"),
        ALWAYS,
        "0m",
    ),
    ("InsecureFlagEnabled", FOUND, ALWAYS, "0m"),
    (
        "KillSwitchUnconfirmed",
        condition("SafetyControlsActive", "False", "KillSwitchUnconfirmed"),
        ALWAYS,
        "2m",
    ),
    ("TradingHalted", condition("TradingEnabled", "False", "Halted"), ALWAYS, "0m"),
    ("SimulationInProduction", MODE, ALWAYS, "0m"),
    ("BackupsUnhealthy", condition("BackupsHealthy", "False", "TooOld"), ALWAYS, "15m"),
    ("BackupMissing", condition("BackupsHealthy", "False", "NoBackupYet"), "1x8000", "26h"),
    ("RestoreUnproven", condition("RestoreVerified", "False", "Overdue"), ALWAYS, "60m"),
    ("MetricsAbsent", UP, "0x2000", "5m"),
    ("MetricsAbsent", UP, "_x2000", "5m"),
    ("MarketDataStale", BOOK, "0x2000", "30s"),
    ("MarketDataAbsent", BOOK, "_x2000", "1m"),
    ("WatchdogSilent", LOOK, "0x2000", "3m"),
    ("WatchdogSilent", LOOK, "_x2000", "1m"),
    ("CircuitBreakerOpen", OPEN, ALWAYS, "1m"),
]
HELD_BACK = [
    # alert, the series that is the trouble, its values, a moment before it counts
    ("TradingStackUnwatched", READY, "_x2000", "4m"),
    ("TradingStackStalled", condition("Stalled", "True", "InvalidSpec"), ALWAYS, "9m"),
    ("ComponentNotReady", condition("DatabaseReady", "False", "Bootstrapping"), ALWAYS, "9m"),
    ("InvariantViolated", condition("InvariantsHeld", "False", "DriftRepaired"), ALWAYS, "1m"),
    (
        "DatabaseRedundancyLost",
        condition("DatabaseHighlyAvailable", "False", "Degraded"),
        ALWAYS,
        "9m",
    ),
    (
        "ObservabilityDegraded",
        condition("ObservabilityReady", "False", "RoutingMissing"),
        ALWAYS,
        "29m",
    ),
    ("TradingStackPaused", reported("tradingstack_paused"), ALWAYS, "59m"),
    ("CredentialsNotSynced", condition("CredentialsSynced", "False", "SyncError"), ALWAYS, "9m"),
    ("ExternalSecretSyncErrors", SYNC_ERRORS, "0 1 1x2000", "20m"),
    (
        "CredentialRotationDue",
        condition("CredentialsRotated", "True", "RotationDue"),
        ALWAYS,
        "59m",
    ),
    (
        "CredentialRotationOverdue",
        condition("CredentialsRotated", "False", "RotationOverdue"),
        ALWAYS,
        "14m",
    ),
    (
        "NetworkNotLockedDown",
        UNLOCKED,
        ALWAYS,
        "4m",
    ),
    (
        "KillSwitchUnconfirmed",
        condition("SafetyControlsActive", "False", "KillSwitchUnconfirmed"),
        ALWAYS,
        "1m",
    ),
    ("BackupsUnhealthy", condition("BackupsHealthy", "False", "LastBackupFailed"), ALWAYS, "14m"),
    ("BackupMissing", condition("BackupsHealthy", "False", "NoBackupYet"), "1x8000", "25h"),
    ("RestoreUnproven", condition("RestoreVerified", "False", "Overdue"), ALWAYS, "59m"),
    ("MetricsAbsent", UP, "_x2000", "4m"),
    # seven seconds old at one scrape, and fresh again at the next
    ("MarketDataStale", BOOK, "0+15x6 98 120+15x40", "1m45s"),
    ("MarketDataAbsent", BOOK, "_x2000", "45s"),
    ("WatchdogSilent", LOOK, "0x2000", "1m"),
    ("CircuitBreakerOpen", OPEN, ALWAYS, "45s"),
]
NEIGHBOURS = [
    # alert, a series that looks like trouble and is none of its own
    ("TradingStackUnwatched", READY, ALWAYS),
    ("TradingStackStalled", condition("Reconciling", "True", "Progressing"), ALWAYS),
    ("ComponentNotReady", condition("DatabaseReady", "True", "Ready"), ALWAYS),
    ("ComponentNotReady", condition("DatabaseReady", "Unknown", "Bootstrapping"), ALWAYS),
    ("InvariantViolated", condition("InvariantsHeld", "True", "Held"), ALWAYS),
    (
        "DatabaseRedundancyLost",
        condition("DatabaseHighlyAvailable", "False", "SingleInstance"),
        ALWAYS,
    ),
    ("ObservabilityDegraded", condition("ObservabilityReady", "True", "Loaded"), ALWAYS),
    ("TradingStackPaused", reported("tradingstack_paused"), "0x2000"),
    ("CredentialsNotSynced", condition("CredentialsSynced", "True", "AllSynced"), ALWAYS),
    ("ExternalSecretSyncErrors", FOREIGN_ERRORS, "0+1x2000"),
    ("CredentialRotationDue", condition("CredentialsRotated", "True", "WithinPolicy"), ALWAYS),
    ("CredentialRotationOverdue", condition("CredentialsRotated", "True", "RotationDue"), ALWAYS),
    ("NetworkNotLockedDown", condition("NetworkLockedDown", "Unknown", "CNIUnverified"), ALWAYS),
    ("EgressProbeReached", UNLOCKED, ALWAYS),
    ("InsecureFlagEnabled", FOUND, "0x2000"),
    ("KillSwitchUnconfirmed", condition("SafetyControlsActive", "True", "Active"), ALWAYS),
    ("TradingHalted", condition("TradingEnabled", "False", "NotReady"), ALWAYS),
    ("SimulationInProduction", LIVE, ALWAYS),
    ("BackupsUnhealthy", condition("BackupsHealthy", "False", "NoBackupYet"), ALWAYS),
    ("BackupMissing", condition("BackupsHealthy", "True", "Recent"), ALWAYS),
    ("RestoreUnproven", condition("RestoreVerified", "True", "Verified"), ALWAYS),
    ("MetricsAbsent", UP, ALWAYS),
    # a book that is four seconds old at each scrape
    ("MarketDataStale", BOOK, "-4+60x100"),
    ("MarketDataAbsent", BOOK, "0x2000"),
    ("WatchdogSilent", LOOK, "0+60x100"),
    ("CircuitBreakerOpen", OPEN, "0x2000"),
]


@pytest.mark.parametrize(("alert", "series", "values", "at"), TROUBLE)
def test_trouble_is_told(stage, alert, series, values, at):
    stage.fires(alert, at, {series: values}, pace(at), **about(alert))


@pytest.mark.parametrize(("alert", "series", "values", "at"), HELD_BACK)
def test_what_may_be_a_blip_is_held_back(stage, alert, series, values, at):
    stage.is_silent(alert, at, {series: values}, pace(at), **about(alert))


@pytest.mark.parametrize(("alert", "series", "values"), NEIGHBOURS)
def test_what_is_no_trouble_of_its_own_is_left_alone(stage, alert, series, values):
    stage.is_silent(alert, "70m", {series: values}, "1m", **about(alert))


def test_an_alert_ends_with_its_trouble(stage):
    halt = {condition("TradingEnabled", "False", "Halted"): "1x20 stale"}
    stage.fires("TradingHalted", "4m", halt)
    stage.is_silent("TradingHalted", "10m", halt)


def test_the_heartbeat_always_fires(stage):
    stage.fires("TradingStackRoutingTest", "0m", {})
    stage.fires("TradingStackRoutingTest", "5h", {}, "1h")


def about(alert):
    """Look at one of several alerts of a name: the other programs are absent throughout."""
    return {"component": "risk-api"} if alert == "MetricsAbsent" else {}


def pace(at):
    """Look less often where nothing happens for hours."""
    if at.endswith("h"):
        return "30m"
    return "15s" if len(at) < 3 or at.endswith("s") else "1m"
