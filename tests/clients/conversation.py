"""What is said in the tests of transcripts: every client has the same conversation, with the names of its own tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clients.mock_model import Question, Script, Turn

SUBJECT = "Measure the tide at noon"  # of the project's last commit; only the tool says it
COMMAND = "git log -1 --format=%s"
Turns = Sequence[Turn | Callable[[list[str]], Turn]]  # one after the other; some depend on the results so far

FIRST = "Which change came last?"
SECOND = "Thank you, and what is a tide?"
DELEGATING = "Let someone else count the gulls."
TASK = "Count the gulls on the pier."
FORKED = "Rather tell me about the moon."

THOUGHT = "The history will tell which change it was."
LOOKING = "I look into the history."
FOUND = "The last change was about water levels."
EXPLAINED = "A tide is the sea that rises and falls."
COUNTED = "Seventeen gulls sit there."
REPORTED = "My helper has counted them."
MOON = "The moon pulls the sea."


def following(turns: Mapping[str, Turns]) -> Script:
    """Answer the prompt that holds a key with its turns; anything else gets a short answer."""

    def script(question: Question) -> Turn:
        for prompt, said in turns.items():
            if prompt in question.prompt:
                turn = said[min(len(question.results), len(said) - 1)]
                return turn if isinstance(turn, Turn) else turn(question.results)
        return Turn("Yes.")

    return script


def with_tool(tool: str, **arguments: str) -> dict[str, Turns]:
    """The first two prompts: for one of them the model uses its shell, which is `tool`."""
    look = Turn(LOOKING, tool, arguments, thinking=THOUGHT)
    return {FIRST: [look, Turn(FOUND)], SECOND: [Turn(EXPLAINED)], FORKED: [Turn(MOON)]}
