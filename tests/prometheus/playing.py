"""Play made-up metrics through the rules, and look which alerts fire when."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

NAMESPACE = "trading-prod"
STACK = "alpha"
QUARTER_MINUTE = "15s"


def condition(kind, status, reason):
    """Name the series by which the operator reports a condition."""
    return (
        f'tradingstack_condition{{namespace="{NAMESPACE}",name="{STACK}",'
        f'type="{kind}",status="{status}",reason="{reason}"}}'
    )


def reported(metric):
    """Name a series of the operator about the stack."""
    return f'{metric}{{namespace="{NAMESPACE}",name="{STACK}"}}'


def served(metric, component, **labels):
    """Name a series that a program of the stack serves."""
    told = "".join(f',{name}="{value}"' for name, value in labels.items())
    return f'{metric}{{namespace="{NAMESPACE}",component="{component}",pod="a-0"{told}}}'


@dataclass(frozen=True)
class Stage:
    promtool: Path
    directory: Path

    def fires(self, alert, at, series, interval=QUARTER_MINUTE, **labels):
        """Let promtool prove that an alert fires at a time, such as 10m, over these series."""
        self.prove(_firing(alert, labels), 1, at, series, interval)

    def is_silent(self, alert, at, series, interval=QUARTER_MINUTE, **labels):
        self.prove(_firing(alert, labels), 0, at, series, interval)

    def prove(self, query, expected, at, series, interval=QUARTER_MINUTE):
        """Let promtool compare the one value of a query with the expected one."""
        samples = [{"labels": "{}", "value": expected}]
        test = {
            "rule_files": ["rules.yaml"],
            "evaluation_interval": interval,
            "tests": [
                {
                    "interval": interval,
                    "input_series": [
                        {"series": name, "values": values} for name, values in series.items()
                    ],
                    "promql_expr_test": [{"expr": query, "eval_time": at, "exp_samples": samples}],
                }
            ],
        }
        path = self.directory / "test.yaml"
        path.write_text(yaml.safe_dump(test))
        ran = subprocess.run(
            [self.promtool, "test", "rules", path], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def _firing(alert, labels):
    selected = {"alertname": alert, "alertstate": "firing", **labels}
    listed = ",".join(f'{name}="{value}"' for name, value in selected.items())
    return f"(count(ALERTS{{{listed}}}) > bool 0) or vector(0)"
