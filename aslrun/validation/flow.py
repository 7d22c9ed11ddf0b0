"""Where a machine can go: transitions, reachable states, ends. Spec: States, Transitions.

The rules are the service's, but that reachability is searched for from StartAt: the service and others only
look whether some state names another, so that a loop cut off from the start passes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from aslrun.diagnostics import Severity
from aslrun.validation.findings import Finding, closest
from aslrun.validation.machines import Definition, MachineNode, StateNode
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.schema_files import state_schemas

ENDING = ("Succeed", "Fail")
BLOCKING = ("Task", "Wait", "Parallel", "Map")
MOST_MISSING = 20
"""Transitions that lead nowhere for which it is worked out where they were to lead."""

Edges: TypeAlias = Mapping[str, list[str]]


def check_flow(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the flow of each machine."""
    elsewhere = {name for machine in definition.machines for name in machine.states}
    for machine in definition.machines:
        missing = list(check_targets(machine, elsewhere))
        yield from missing
        if machine.states:
            yield from check_ends(machine, missing)


def check_targets(machine: MachineNode, elsewhere: set[str]) -> Iterator[Finding]:
    """Yield the transitions to states that the machine does not have."""
    known = machine.fields.get("States")
    if not isinstance(known, dict) or not known:
        return
    start = machine.fields.get("StartAt")
    named = [((*machine.at, "StartAt"), start)] if isinstance(start, str) and start not in known else []
    for state in machine.states.values():
        named += [(edge.at, edge.target) for edge in state.edges if edge.target not in known]
    for at, target in named:
        if not has_placeholder(target):
            yield Finding(
                "MISSING_TRANSITION_TARGET",
                f"Missing 'Next' target: {target}",
                at,
                _WAY_OUT if target in elsewhere else None,
                written=target,
                known=known,
            )


_WAY_OUT = "a state of this name is in another machine; a transition cannot enter or leave a branch or a Map"


def check_ends(machine: MachineNode, missing: Sequence[Finding]) -> Iterator[Finding]:
    """Yield that a machine has no end; if it has one, what is not on the way there.

    `missing` are the findings of transitions to states that it does not have. The service asks for an end of
    the whole machine only (measured); inside one, none is a warning.
    """
    if any(map(may_end, machine.states.values())):
        yield from check_reachable(machine, missing)
    else:
        at = (*machine.at, "States")
        hint = 'give a state "End": true, or add a Succeed or Fail state'
        severity: Severity = "warning" if machine.at else "error"
        yield Finding("MISSING_END_STATE", "Workflow has no terminal state", at, hint, severity, key=True)


def check_reachable(machine: MachineNode, missing: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the states that no way from StartAt leads to, and that none leads out of.

    Where a transition names no state, what is not reached is likely what it should lead to.
    """
    edges = {name: [edge.target for edge in state.edges] for name, state in machine.states.items()}
    start = machine.fields.get("StartAt")
    if not isinstance(start, str) or any(map(has_placeholder, {start}.union(*edges.values()))):
        return  # where it begins, or goes on, is not known
    reached = reach([start], edges)
    meant = [(reach(likely(finding), edges), finding.at) for finding in missing[:MOST_MISSING]]
    for name, state in machine.states.items():
        if name not in reached:
            message = f'State "{name}" is not reachable.'
            follows = next((at for names, at in meant if name in names), missing[0].at if missing else None)
            yield Finding("MISSING_TRANSITION_TARGET", message, state.at, _WAY_IN, key=True, follows=follows)
    if reached <= edges.keys():
        yield from check_way_out(machine, edges, reached)


def likely(missing: Finding) -> list[str]:
    """Return the state that a transition was probably meant to lead to, if there is one like it."""
    guess = closest(missing.written or "", missing.known)
    return [] if guess is None else [guess]


_WAY_IN = "no way leads here from StartAt: name it in a Next, Default, Choices or Catch, or delete it"


def check_way_out(machine: MachineNode, edges: Edges, reached: set[str]) -> Iterator[Finding]:
    """Yield that no end is reached; if one is, the first state of a loop that nothing leaves or stops."""
    if not any(may_end(machine.states[name]) for name in reached):
        message = "No terminal state can be reached from StartAt"
        yield Finding("UNREACHABLE_END_STATE", message, (*machine.at, "StartAt"), severity="warning")
        return
    leaving = {name for name, state in machine.states.items() if may_stop(state) or may_end(state)}
    if reached <= leaving:
        return
    endless = reached - reach(leaving, reverse(edges))
    first = next((state for name, state in machine.states.items() if name in endless), None)
    if first is not None:
        message = f'Nothing leaves the loop that State "{first.name}" leads into, and it has no Wait or Task'
        yield Finding("ENDLESS_LOOP", message, first.at, severity="warning", key=True)


def may_end(state: StateNode) -> bool:
    """Tell whether a state ends its machine; where its Type, Next or End is wrong, which is told, it may."""
    if state.type in ENDING or state.type not in state_schemas() or "End" in state.fields:
        return True
    return state.type != "Choice" and not isinstance(state.fields.get("Next"), str)


def may_stop(state: StateNode) -> bool:
    """Tell whether a state takes time or may fail by itself, so that a loop with it need not run for ever."""
    return state.type in BLOCKING or (state.type == "Choice" and "Default" not in state.fields)


def reach(starts: Iterable[str], edges: Edges) -> set[str]:
    """Return the names that can be come to from `starts`, these included."""
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def reverse(edges: Edges) -> dict[str, list[str]]:
    """Return the edges the other way round."""
    back: dict[str, list[str]] = {}
    for name, targets in edges.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    return back
