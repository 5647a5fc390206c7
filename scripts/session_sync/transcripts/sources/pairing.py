"""Puts what tools said into the calls that asked them, in one pass over a session of any size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from session_sync.transcripts.session import Attachment, Message, ToolCall, ToolOutput

MOST_HELD = 256  # messages that wait for an output; what comes later stands for itself
MOST_CHARACTERS = 4 << 20  # in those messages, and bytes of pictures


def paired(items: Iterable[Message | ToolOutput]) -> Iterator[Message]:
    """The messages of `items`, each with the outputs of its calls; an output without a call becomes a message."""
    held: deque[Message] = deque()
    open_calls: dict[str, ToolCall] = {}
    size = 0
    for item in items:
        if isinstance(item, Message):
            if not held and not item.tool_calls:
                yield item
                continue
            size += len(item.text) + _pictures(item.attachments)
            held.append(item)
            for call in item.tool_calls:
                if not call.status:
                    open_calls[call.id] = call
        elif item.call_id in open_calls:
            size += len(item.output) + _pictures(item.attachments)
            _answer(open_calls.pop(item.call_id), item)
        else:
            held.append(_alone(item))
        is_full = len(held) > MOST_HELD or size > MOST_CHARACTERS
        while held and (is_full or _is_answered(held[0], open_calls)):
            message = held.popleft()
            for call in message.tool_calls:
                open_calls.pop(call.id, None)
            yield message
        size = size if held else 0
    yield from held


def _is_answered(message: Message, open_calls: dict[str, ToolCall]) -> bool:
    return not any([open_calls.get(call.id) is call for call in message.tool_calls])  # noqa: C419 - a list is faster


def _pictures(attachments: list[Attachment]) -> int:
    """How many bytes of pictures are held."""
    return sum([len(one.content) for one in attachments]) if attachments else 0


def _answer(call: ToolCall, output: ToolOutput) -> None:
    call.output, call.status = output.output, output.status
    call.attachments = [*call.attachments, *output.attachments]
    call.session_id = output.session_id or call.session_id
    call.result = output.result


def _alone(output: ToolOutput) -> Message:
    call = ToolCall(output.call_id, "")
    _answer(call, output)
    return Message("assistant", time=output.time, tool_calls=[call])
