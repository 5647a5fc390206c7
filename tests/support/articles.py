"""An article for tests, and drafts of its successor."""

from __future__ import annotations

from session_sync.wiki.article import Basis, check_draft

LOGIN = "projects/pilot/session-logs/2026-11-20-ada-login.md"
OLD = f"""---
title: Pilot
category: projects
last_compiled: 2026-11-20
sources:
  - {LOGIN}
---

A summary.

## Patterns

- [ ] rotate the key in March
- the parser
  keeps its state
  - nested remark

A paragraph of two
lines.

| a | b |
|---|---|

```
## History

- no item
```

## History

- 2026-11-20: login

## More

free
"""


def check(draft: str | bytes, given: Basis, old: str | None = OLD) -> list[str]:
    return check_draft(draft.encode() if isinstance(draft, str) else draft, old, given)


def mention(text: str, given: Basis, old: str = OLD) -> list[str]:
    return check(OLD.replace("free\n", f"{text}\n"), given, old)
