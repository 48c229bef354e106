"""Claims: the page docs/claims.md, what became of each statement that users build on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actorproof.properties.verdict.claim import NOT_TRIED, Claim, Document, Section, counted
from actorproof.reports.markdown import escaped

HEADS = ("statement", "verdict", "what was measured", "what is true instead", "tried by")
LONGEST = 2000


def summary(documents: Sequence[Document]) -> str:
    """How many statements there are, and how many have which verdict: ``117 statements: 34 true, ...``."""
    claims = [claim for document in documents for claim in document.claims]
    return f"{len(claims)} statements: {', '.join(f'{count} {word}' for word, count in counted(claims).items())}"


def render(documents: Sequence[Document]) -> str:
    """All documents with all headings and statements, as Markdown with a line break at its end."""
    lines = [
        "# Claims",
        "",
        "What documents that users learn from say, and what became of it when it was run. *true* says so of what was",
        "tried, as the measurement names it; *not tried* is never guessed. A run's report adds what that run showed.",
        "Made by `actorproof report --claims > docs/claims.md`.",
        "",
        f"{summary(documents)}.",
        "",
    ]
    for document in documents:
        lines += [f"## {escaped(document.name)}", "", f"“{escaped(document.title)}”, <{document.source}>", ""]
        for section in document.sections:
            lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def tried_by(claim: Claim) -> str:
    """The scenario, and the guarantee that decides it in each run."""
    if claim.verdict == NOT_TRIED and not claim.guarantee:
        return "not tried yet"
    named = [f"`actorproof run {claim.scenario}`"] if claim.scenario else []
    return ", ".join([*named, *([f"guarantee `{claim.guarantee}`"] if claim.guarantee else [])])


def _section(section: Section) -> Iterator[str]:
    yield from (f"### {escaped(section.heading)}", "")
    if not section.claims:
        yield from (f"Nothing to run: {escaped(section.nothing)}", "")
        return
    yield f"| {' | '.join(HEADS)} |"
    yield f"| {' | '.join('---' for _ in HEADS)} |"
    for claim in section.claims:
        verdict = f"**{claim.verdict}**" + (f" ({escaped(claim.version)})" if claim.version else "")
        cells = (
            f"“{escaped(claim.statement, limit=LONGEST)}”",
            verdict,
            _text(claim.measured),
            _text(claim.instead),
            tried_by(claim),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _text(text: str) -> str:
    """Escaped, but for what stands between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escaped(text, limit=LONGEST)
    return "`".join(piece if at % 2 else _escaped(piece) for at, piece in enumerate(pieces))


def _escaped(piece: str) -> str:
    """Escaped with the blanks at its ends."""
    lead, tail = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return f"{lead}{escaped(piece, limit=LONGEST)}{tail}" if piece.strip() else piece
