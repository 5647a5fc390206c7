"""What the agents call their tools, and what is said of one that was used: "Read x.go", "Ran go test ./..."."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from session_sync.transcripts.render.tools.commands import COMMANDS

FILES = ("file_path", "filePath", "absolute_path", "notebook_path")


class Action(NamedTuple):
    """What is said of a tool: a verb, what is under the first of `keys` that is known, and the same for `more`."""

    verb: str
    keys: tuple[str, ...]
    joint: str = ""
    more: tuple[str, ...] = ()


_FILE = (*FILES, "path", "target_file")
_PATTERN = ("pattern", "query", "regex")
_AGENT_ID = ("agent_id", "id", "target", "to", "task_id", "agent_path", "ids", "targets")
RUN = Action("Ran", COMMANDS)
_READ = Action("Read", (*_FILE, "file_paths", "paths", "include", "uri"), "from line", ("offset", "start_line"))
_WROTE = Action("Wrote", _FILE)
EDITED = Action("Edited", (*_FILE, "input", "patch", "patchText", "changes"))
_SEARCHED = Action("Searched for", _PATTERN, "in", ("path", "dir_path", "include", "glob"))
_FOUND = Action("Searched for files", _PATTERN, "in", ("path", "dir_path"))
_LISTED = Action("Listed", ("path", "dir_path", "directory"))
_FETCHED = Action("Fetched", ("url", "urls", "prompt"))
_WEB = Action("Searched the web for", ("query", "queries", "action"))
_STARTED = Action("Started agent:", ("description", "task_name", "agent_type", "name", "prompt", "message"))
_LOOKED = Action("Looked at the output of", ("bash_id", "task_id", "shell_id", "session_id"))
_STOPPED = Action("Stopped", ("shell_id", "task_id", "bash_id", *_AGENT_ID))
_SKILL = Action("Used skill", ("skill", "name", "command"))
_VIEWED = Action("Looked at", ("path", *FILES))
_LISTS = Action("Updated the to-do list", ())
_ASKED = Action("Asked", ("questions", "question", "prompt"))
_PLAN = Action("Proposed a plan", ())

# A tool's name in lower case without `_`, `-` and `.`: Claude Code says `WebFetch`, Gemini CLI `web_fetch`.
ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("bash", "runshellcommand", "execcommand", "shell", "shellcommand", "localshell"), RUN),
    **dict.fromkeys(("containerexec", "unifiedexec", "powershell", "exec", "terminal", "runcommand"), RUN),
    **dict.fromkeys(("read", "readfile", "readmanyfiles", "notebookread", "readmcpresource", "view"), _READ),
    **dict.fromkeys(("write", "writefile", "createfile"), _WROTE),
    **dict.fromkeys(("edit", "multiedit", "notebookedit", "replace", "applypatch", "patch", "editfile"), EDITED),
    **dict.fromkeys(("grep", "searchfilecontent", "grepsearch", "grepfiles", "codesearch"), _SEARCHED),
    **dict.fromkeys(("glob", "findfiles", "filesearch"), _FOUND),
    **dict.fromkeys(("ls", "list", "listdirectory", "listdir", "readfolder"), _LISTED),
    **dict.fromkeys(("webfetch", "fetch"), _FETCHED),
    **dict.fromkeys(("websearch", "googlewebsearch", "websearchcall"), _WEB),
    **dict.fromkeys(("task", "agent", "spawnagent", "delegatetoagent"), _STARTED),
    **dict.fromkeys(("bashoutput", "taskoutput", "agentoutput", "bashoutputtool"), _LOOKED),
    **dict.fromkeys(("killshell", "killbash", "taskstop", "closeagent", "killtask"), _STOPPED),
    **dict.fromkeys(("todowrite", "updateplan", "writetodos"), _LISTS),
    **dict.fromkeys(("askuserquestion", "askuser", "question", "requestuserinput"), _ASKED),
    **dict.fromkeys(("exitplanmode", "planexit"), _PLAN),
    **dict.fromkeys(("skill", "activateskill"), _SKILL),
    **dict.fromkeys(("viewimage", "imageview"), _VIEWED),
    "todoread": Action("Read the to-do list", ()),
    "enterplanmode": Action("Began to plan", ()),
    "slashcommand": RUN,
    "toolsearch": Action("Searched for tools", ("query",)),
    "lsp": Action("Asked the language server:", ("operation",), "in", _FILE),
    "taskcreate": Action("Added task", ("subject", "description")),
    "taskupdate": Action("Updated task", ("taskId", "task_id"), "·", ("status", "subject")),
    "tasklist": Action("Listed the tasks", ()),
    "taskget": Action("Read task", ("taskId", "task_id")),
    "writestdin": Action("Typed", ("chars", "text", "input"), "into", ("session_id",)),
    "sendinput": Action("Wrote to agent", _AGENT_ID),
    "sendmessage": Action("Wrote to agent", ("recipient", *_AGENT_ID)),
    "resumeagent": Action("Resumed agent", _AGENT_ID),
    "wait": Action("Waited for", _AGENT_ID),
    "waitagent": Action("Waited for", _AGENT_ID),
    "imagegeneration": Action("Made a picture:", ("revised_prompt", "prompt")),
    "savememory": Action("Remembered", ("fact",)),
}


@lru_cache(maxsize=256)
def form(name: str) -> str:
    """The name of a tool in one spelling."""
    return name[:100].lower().replace("_", "").replace("-", "").replace(".", "")
