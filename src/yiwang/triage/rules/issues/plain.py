"""An issue in plain values, as JSON carries it."""

from __future__ import annotations

from typing import Any

from .finding import Issue


def plain_issue(issue: Issue, rank: int) -> dict[str, Any]:
    """An issue as JSON carries it; `span` in Shanghai time, empty when no member is dated."""
    heat = issue.heat
    return {
        "rank": rank,
        "name": issue.name,
        "place": issue.place,
        "matter": issue.matter,
        "area": issue.area,
        "span": {
            "from": issue.first.isoformat() if issue.first else "",
            "to": issue.last.isoformat() if issue.last else "",
            "days": heat.days,
        },
        "index": heat.index,
        "parts": heat.parts,
        "reports": heat.reports,
        "people": heat.people,
        "voices": heat.voices,
        "growth": heat.growth,
        "spread": heat.spread,
        "likes": heat.likes,
        "members": list(issue.members),
    }
