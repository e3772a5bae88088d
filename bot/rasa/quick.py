"""A loaded model made quicker: what Rasa works out anew for each message though it cannot change.

Nothing here decides anything. The order of the graph's nodes is found once instead of by dask at
each run, a check that only warns developers is left out, and which rules fit a state is remembered.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import USER
from rasa.shared.nlu.constants import TEXT

REMEMBERED = 4096  # states of conversations, some hundred bytes each

States = list[dict[str, Any]]


def quicken(processor: MessageProcessor) -> None:
    """Make a processor quicker; it answers as it did before."""
    loaded: DaskGraphRunner = processor.graph_runner
    processor.graph_runner = StraightRunner(loaded)
    # It builds an empty domain each time, to warn of intents that training has checked already.
    processor._check_for_unseen_features = _nothing  # noqa: SLF001
    for node in loaded._instantiated_nodes.values():  # noqa: SLF001
        policy = node._component  # noqa: SLF001
        if isinstance(policy, RulePolicy):
            policy._get_possible_keys = _remembered(policy._get_possible_keys)  # noqa: SLF001


class StraightRunner:
    """Runs the nodes that a target needs, one after another, in an order found once."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._nodes = loaded._instantiated_nodes  # noqa: SLF001
        self._needs = {
            name: tuple(node.needs.values())
            for name, node in loaded._graph_schema.nodes.items()  # noqa: SLF001
        }
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}

    def run(self, inputs: dict[str, Any], targets: list[str]) -> dict[str, Any]:
        """The output of each target; `inputs` are outputs of placeholders by name."""
        # A node takes and gives pairs (name, output); a name alone stands for what is not there.
        done: dict[str, Any] = {name: (name, value) for name, value in inputs.items()}
        for name in self._order(tuple(targets)):
            if name not in done:
                done[name] = self._nodes[name](
                    *(done.get(need, need) for need in self._needs[name])
                )
        return dict(done[target] for target in targets)

    def _order(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        if targets not in self._orders:
            found = (name for target in targets for name in self._before(target))
            self._orders[targets] = tuple(dict.fromkeys(found))
        return self._orders[targets]

    def _before(self, name: str) -> Iterator[str]:
        """A node after all that it needs; placeholders are no nodes."""
        if name in self._needs:
            for need in self._needs[name]:
                yield from self._before(need)
            yield name


def _without_text(state: dict[str, Any]) -> dict[str, Any]:
    said = state.get(USER)
    return {**state, USER: {**said, TEXT: ""}} if said and TEXT in said else state


def _nothing(_: dict[str, Any]) -> None:
    return None


def _remembered(find: Callable[[dict[str, str], States], set[str]]) -> Any:
    """`RulePolicy._get_possible_keys`, which compares every rule with every state, remembered.

    Its lookups do not change once the model is loaded. What a person wrote is put away first: no
    rule of a lookup without texts can ask for it, and it must not be kept here.
    """
    known: OrderedDict[tuple[int, str], set[str]] = OrderedDict()
    texts: dict[int, bool] = {}

    def possible_keys(lookup: dict[str, str], states: States) -> set[str]:
        if id(lookup) not in texts:
            texts[id(lookup)] = any(f'"{TEXT}":' in rule for rule in lookup)
        if texts[id(lookup)]:
            return find(lookup, states)
        states = [_without_text(state) for state in states]
        key = (id(lookup), json.dumps(states, sort_keys=True))
        if key not in known:
            known[key] = find(lookup, states)
            if len(known) > REMEMBERED:
                known.popitem(last=False)
        return set(known[key])

    return possible_keys
