"""Says of a finding why it counts, and shows where it stands, without any value: what is found is masked.

schemas/scan-report.json describes `Explanation`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from session_sync.errors import UserError
from session_sync.home import paths
from session_sync.scan import redact
from session_sync.scan.policy import LEVELS, Policy
from session_sync.scan.scanner import rule as rules
from session_sync.scan.scanner.rule import Rule
from session_sync.scan.scanner.scanner import Finding, Scanner
from session_sync.scan.scanner.unwrap import plain
from session_sync.scan.scanner.validators import credentials
from session_sync.text.visible import revealed

NEAR = 1_000  # characters around a value that are looked at
_STRICT = Policy("strict")
_SHOWN_BEFORE = 100  # characters
_SHOWN_BEHIND = 60
_LONGEST_LABEL = 60
_SHORTEST = 4  # characters of a value that is looked for elsewhere on its line
# The beginning of an anchor that says with what every value begins: letters, and few to choose from.
_HEAD = re.compile(r"(?:\\b)?(?:[\w/-]|\\[._-]|\[[A-Za-z0-9]{2,8}\]|\(\?:[\w|-]{2,60}\)){3,32}(?![?*+{|])")
_REST = re.compile(r"[\w+/=-]*")  # what touches a value may be a part of it
_VAGUE_REST = re.compile(r"[^\s\"'`\\]*")  # of one whose form tells nothing about its end
_SPACE = re.compile(r"\s+")
_LINE_END = re.compile(r"[\r\n]")
_OWN_RULES = "your own rules"


class Explanation(msgspec.Struct, frozen=True):
    """Why a finding counts; `text` is its line with a tag in place of each value."""

    text: str
    because: str
    defined: str  # where the rule is
    source: str  # where the form of the value is published, "" if nowhere
    length: int  # characters of the value
    bits: float  # per character
    least_bits: float  # that the rule asks for, 0 if it asks for none
    judged_by: str  # the validator that the rule names, "" for the usual one of its type
    blocked_at: list[str]
    may_be_inline: bool  # whether `credentials: inline` lets it pass

    def lines(self) -> Iterator[str]:
        """The explanation for people."""
        yield f"    | {self.text}"
        least = f", at least {self.least_bits:g} are asked for" if self.least_bits else ""
        judged = f"; judged by {self.judged_by}" if self.judged_by else ""
        yield f"    why: {self.because}; {self.length} characters of {self.bits:g} bits{least}{judged}"
        source = f" ({self.source})" if self.source else ""
        inline = ", unless `credentials: inline`" if self.may_be_inline else ""
        yield f"    rule: in {self.defined}{source}; blocked at {', '.join(self.blocked_at)}{inline}"


class Passage(NamedTuple):
    """A piece of a text that begins `start` characters after the beginning of that."""

    text: str
    start: int


class _Mask(NamedTuple):
    """A part of a passage that must not be shown, and what is shown instead."""

    start: int
    end: int
    tag: str


class Explainer:
    """Explains what `scanner` finds."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._rules = {one.id: one for one in scanner.engine.rules}

    def explain(self, finding: Finding, passage: Passage, found: Iterable[Finding]) -> Explanation:
        """Why `finding` counts, whose value is in `passage` with NEAR characters around it as far as there are any.

        `found` is all that is found in the text.
        """
        rule = self._rules[finding.rule]
        start, end = finding.start - passage.start, finding.end - passage.start
        value = passage.text[start:end]
        masks = _masks(passage, found)
        file, source = _documented().get(rule.id, (_OWN_RULES, ""))
        return Explanation(
            text=self._shown(passage.text, start, masks),
            because=self._because(rule, passage.text, (start, end), masks),
            defined=file,
            source=source,
            length=len(value),
            bits=round(credentials.bits(value), 1),
            least_bits=rule.entropy,
            judged_by=rule.validator,
            blocked_at=[level for level in LEVELS if Policy(level).blocks(finding)],
            may_be_inline=finding.inline,
        )

    def _shown(self, text: str, at: int, masks: Sequence[_Mask]) -> str:
        """The line with the value at `at`, or the part around it, masked."""
        here = next(one for one in masks if one.start <= at < one.end)
        before = max(at - NEAR, _last_line_end(text, here.start) + 1, 0)
        after = _LINE_END.search(text, here.end)
        behind = after.start() if after else len(text)
        left = self._safe(text, before, here.start, masks)
        right = self._safe(text, here.end, behind, masks)
        left = f"…{left[-_SHOWN_BEFORE:]}" if len(left) > _SHOWN_BEFORE else left
        right = f"{right[:_SHOWN_BEHIND]}…" if len(right) > _SHOWN_BEHIND else right
        return f"{left}{here.tag}{right}".strip()

    def _because(self, rule: Rule, text: str, place: tuple[int, int], masks: Sequence[_Mask]) -> str:
        """What made the rule find the value at `place`: what stands before it, or how it begins."""
        start, end = place
        for match in rule.matches(plain(text), 0):
            if match.start() < start < max(match.end(), rule.place(match)[1]):
                label = self._safe(text, match.start(), start, masks).strip()[-_LONGEST_LABEL:]
                if label:
                    return f"`{label}` stands before it"
        heads = [_HEAD.match(one) for one in rule.anchors]
        found = [re.match(head[0], text[start:end], re.IGNORECASE) for head in heads if head]
        head = max((one[0] for one in found if one), key=len, default="")
        return f"it begins with `{head}`" if head else "it has the form of such a value"

    def _safe(self, text: str, begin: int, stop: int, masks: Sequence[_Mask]) -> str:
        """The part of `text` from `begin` to `stop` as it may be shown."""
        pieces = []
        for one in masks:
            if one.end > begin and one.start < stop:
                pieces += [text[begin : max(begin, one.start)], one.tag]
                begin = one.end
        made = "".join([*pieces, text[begin:stop]])
        values = {text[one.start : one.end]: one.tag for one in masks if one.end - one.start >= _SHORTEST}
        for value, tag in values.items():
            made = made.replace(value, tag)
        try:
            made = redact.redact(made, self._scanner, _STRICT)
        except (UserError, TimeoutError):
            made = "[REDACTED]"
        return _SPACE.sub(" ", revealed(made).replace("\n", "␊"))


def _masks(passage: Passage, found: Iterable[Finding]) -> list[_Mask]:
    """The parts of `passage` in which something is found, in order and apart from each other."""
    masks: list[_Mask] = []
    text, last = passage.text, passage.start + len(passage.text)
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.end <= passage.start or one.start >= last:
            continue
        start, end = max(0, one.start - passage.start), one.end - passage.start
        rest = (_VAGUE_REST if one.type in rules.BY_SURROUNDINGS else _REST).match(text, end)
        end = rest.end() if rest else end
        if masks and start < masks[-1].end:
            masks[-1] = masks[-1]._replace(end=max(end, masks[-1].end))
        else:
            masks.append(_Mask(start, end, redact.mark(one.type, text[start : one.end - passage.start])))
    return masks


def _last_line_end(text: str, end: int) -> int:
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end))


@functools.cache
def _documented() -> dict[str, tuple[str, str]]:
    """Of each rule of ours the file that it is in, and where the form of the value is published."""
    return {
        one["id"]: (f"{paths.RULES.name}/{path.name}", one.get("source", ""))
        for path in sorted(paths.RULES.glob("*.yaml"))
        for one in rules.of_file(path)
    }
