"""Watch: a run under way on one screen: owners, calls, faults, turns open too long, and what is broken so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.text import Text

from actorproof.harness.history.halves import half
from actorproof.harness.run.live import Live, OpenFault
from actorproof.harness.runtimes.registry import title
from actorproof.plural import some
from actorproof.reports.words import plain

BAR = 24
USUAL_WIDTH = 80
"""Where the screen is narrower, hosts have no bar, and both halves of a host share one state."""
FEWEST_ROWS = 10
INDENT = "  "
PHASES = {
    "ready": "ready",
    "load": "load and faults",
    "healed": "all faults healed",
    "quiet": "all calls ended",
    "final": "final states read",
    "closed": "ended",
}
STATES = {"running": "green", "paused": "yellow", "down": "red"}


def screen(
    live: Live, *, so_far: Sequence[str], broken: bool, width: int = USUAL_WIDTH, height: int = 24
) -> list[Text]:
    """The lines of the screen, at most `height`, none wider than `width`; `so_far` is what is known of guarantees.

    What is longer than a line goes on in the next one where there is room for all. Where there is more than fits, the
    sections below share the room, and each says how much it leaves out.
    """
    top = [
        part
        for line in (_title(live), *_hosts(live, width=width), _others(live), _calls(live))
        for part in _fitting(line, width)
    ]
    sections = [
        ("faults in place", [_fault(each, live) for each in live.faults.values()], "yellow"),
        ("turns open for over 5 s", list(_turns(live)), "yellow"),
        ("guarantees so far", list(so_far) or ["not judged yet"], "red" if broken else ""),
        ("not done as planned", live.troubles[::-1], "magenta"),
    ]
    shown = [section for section in sections if section[1]]
    room = max(FEWEST_ROWS, height) - len(top) - len(shown)
    folded = [(name, _folded(said, width), style) for name, said, style in shown]
    if sum(len(said) for _, said, _ in folded) <= room:
        shown = folded
    lines = list(top)
    for (name, said, style), mine in zip(shown, _shared(room, [len(said) for _, said, _ in shown]), strict=True):
        lines += _fitting(Text(name, style="bold"), width)
        cut = said if len(said) <= mine else [*said[: mine - 1], f"and {len(said) - mine + 1} more"]
        lines += [Text(f"{INDENT}{plain(line)}", style=style) for line in cut]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _fitting(line: Text, width: int) -> list[Text]:
    """The line, or as many as it takes where the screen is narrower than it."""
    if line.cell_len <= width:
        return [line]
    return [Text(part, style=line.style) for part in wrap(line.plain, width, subsequent_indent=INDENT)]


def _folded(said: Sequence[str], width: int) -> list[str]:
    """Lines none of which is wider than the screen leaves room for."""
    return [part for line in said for part in wrap(plain(line), width - len(INDENT), subsequent_indent=INDENT)]


def _shared(room: int, wanted: Sequence[int]) -> list[int]:
    """How many lines each section gets, one at the least: what one does not need is for the others."""
    given = [1] * len(wanted)
    left = room - len(wanted)
    while left > 0 and (needy := [at for at, want in enumerate(wanted) if want > given[at]]):
        at = min(needy, key=lambda each: given[each])
        given[at] += 1
        left -= 1
    return given


def _title(live: Live) -> Text:
    started = live.started
    if started is None:
        return Text("waiting for a run", style="bold")
    minutes, seconds = divmod((live.now_ns - live.began_ns) // 1_000_000_000, 60)
    return Text(
        f"{started.scenario} on {title(started.runtime)} {started.version}, {PHASES.get(live.phase, 'starting')},"
        f" {minutes:02d}:{seconds:02d}, {some(live.operations, 'operation')}, {some(live.injected, 'fault')}",
        style="bold",
    )


def _hosts(live: Live, *, width: int) -> Iterator[Text]:
    owned = live.actors_by_host
    most = max(owned.values(), default=0)
    for host in live.hosts:
        count = owned.get(host, 0)
        # What runs turns comes first.
        units = sorted((unit for unit in live.units if unit.startswith(f"{host}/") and half(unit)), key=half)
        states = {live.units[unit] for unit in units}
        if width < USUAL_WIDTH and len(states) == 1:
            (state,) = states
            yield Text.assemble(f"{host} ", (state, STATES.get(state, "")), f", {some(count, 'actor')}")
            continue
        line = Text(f"{host:<8}")
        for unit in units:
            part, state = unit.partition("/")[2], live.units[unit]
            line.append(f" {part} ")
            line.append(f"{state:<7}", style=STATES.get(state, ""))
        bar = f"{'█' * (count * BAR // most if most else 0):<{BAR}} "
        line.append(f" {bar if width >= USUAL_WIDTH else ''}{some(count, 'actor'):>12}")
        yield line


def _others(live: Live) -> Text:
    others = [(unit, state) for unit, state in sorted(live.units.items()) if "/" not in unit]
    return Text("  ").join(Text.assemble(f"{unit} ", (state, STATES.get(state, ""))) for unit, state in others)


def _calls(live: Live) -> Text:
    p50, p99 = live.latency_ms(0.5), live.latency_ms(0.99)
    took = f", p50 {p50:,.1f} ms, p99 {p99:,.1f} ms" if p50 is not None and p99 is not None else ""
    line = Text(f"{live.rate:,.0f} calls a second{took}, ")
    line.append(f"{live.failed:,} failed", style="red" if live.failed else "")
    line.append(" in the last 10 s")
    return line


def _fault(each: OpenFault, live: Live) -> str:
    how = f"no effect: {each.missed}" if each.missed else "; ".join(each.evidence) or "under way"
    return f"{each.fault} {each.verb} {each.target} for {(live.now_ns - each.t_ns) / 1e9:.0f} s: {how}"


def _turns(live: Live) -> Iterator[str]:
    for turn in live.overdue:
        yield f"{turn.actor} on {turn.host} for {(live.now_ns - turn.t_ns) / 1e9:.0f} s"
