"""The watchdog of a run: shows every observation to the rules, tells what they find, and stops where the plan says."""

from collections.abc import Callable

from coachwork.errors import CoachworkError
from coachwork.training.watchdog.observations import Observation
from coachwork.training.watchdog.rule import Action, Finding
from coachwork.training.watchdog.rules import rules_of
from coachwork.training.watchdog.settings import WatchdogPlan


class WatchdogStop(CoachworkError):
    """A rule that may stop the run found its fault; the run's state was saved before.

    Attributes:
        finding: what it found.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(
            f"the watchdog stopped the run: {finding}; to go on as it is, set {finding.rule} = "
            '"warn" under [watchdog.rules] and give the command again'
        )
        self.finding = finding


class Watchdog:
    """Shows what happens in a run to the rules of its plan.

    A fault is told when it appears, not again while it lasts.

    Args:
        plan: rules, actions and thresholds.
        tell: told of every finding.
    """

    def __init__(self, plan: WatchdogPlan, tell: Callable[[Finding], None]) -> None:
        self._plan, self._tell = plan, tell
        self._rules = rules_of(plan)
        self._lasting: set[str] = set()
        self.findings: list[Finding] = []

    def see(self, seen: Observation) -> None:
        """Shows an observation to the rules about its kind.

        Raises:
            WatchdogStop: a rule whose action is `stop` found its fault.
        """
        stop: Finding | None = None
        for rule in self._rules:
            if not isinstance(seen, rule.about):
                continue
            what = rule.look(seen)
            if what is None:
                self._lasting.discard(rule.name)
            elif rule.name not in self._lasting:
                self._lasting.add(rule.name)
                action = self._plan.action(rule.name)
                finding = Finding(rule=rule.name, step=seen.step, action=action, what=what, advice=rule.advice)
                self.findings.append(finding)
                self._tell(finding)
                stop = finding if action is Action.STOP else stop
        if stop is not None:
            raise WatchdogStop(stop)
