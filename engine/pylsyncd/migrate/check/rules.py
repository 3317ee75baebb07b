"""What a trial load and the machine can show: one row for each code. Findings are made from the rows."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from pylsyncd.migrate.findings import Finding, Severity
from pylsyncd.script.place import Place

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


@frozen
class Rule:
    """One row."""

    code: str
    severity: Severity
    what: str
    """What was found, in general, for the manual."""
    remedy: str
    """What to do about it; a finding may know it better."""

    def at(self, place: Place, message: str, remedy: str = "") -> Finding:
        """Make the finding."""
        return Finding(place.file, place.line, self.severity, self.code, message, remedy or self.remedy)


# -- the load is refused --------------------------------------------------------------------------

SYNTAX_ERROR = Rule(
    "syntax-error",
    ERROR,
    "the file is no Lua",
    "correct the Lua; the mistake is at this line or right before it",
)
SETTINGS_ASSIGNED = Rule(
    "settings-assigned",
    ERROR,
    "`settings = { … }`, as in Lsyncd 2.0",
    "write settings{ … }, without the equal sign",
)
SETTING_ASSIGNED = Rule(
    "setting-assigned", ERROR, "`settings.x = y`, as in Lsyncd 2.0", "write settings{ KEY = VALUE }"
)
SETTING_READ = Rule("setting-read", ERROR, "`settings.x` read, as in Lsyncd 2.0", 'write settings("KEY")')
UNKNOWN_SETTING = Rule(
    "unknown-setting", ERROR, "a key of `settings{}` that does not exist", "remove it, or correct its name"
)
UNKNOWN_KEY = Rule(
    "unknown-key",
    ERROR,
    "a key of a sync that does not exist",
    "remove it, correct its name, or add it to the sync's checkgauge if your own functions read it",
)
UNKNOWN_TUNNEL_KEY = Rule(
    "unknown-tunnel-key", ERROR, "a key of `tunnel{}` that does not exist", "remove it, or correct its name"
)
WRONG_VALUE = Rule(
    "wrong-value",
    ERROR,
    "a value of the wrong kind, or one that cannot be",
    "give it a value as the message says",
)
MISSING_KEY = Rule("missing-key", ERROR, "a key that has to be there is not", "add the key that is named")
SOURCE_NOT_THERE = Rule(
    "source-not-there",
    ERROR,
    "a source that does not exist or cannot be entered",
    "create the directory, or correct `source`",
)
DANGEROUS_TARGET = Rule(
    "dangerous-target",
    ERROR,
    "a target that is `/`, is the source, holds it or lies in it",
    "choose another target; only if that is meant, set allowDangerousTarget = true",
)
UNREADABLE_CONFIG = Rule(
    "unreadable-config",
    ERROR,
    "the config itself cannot be read",
    "correct the path, or let the user that runs pylsyncd read the file",
)
UNREADABLE_FILE = Rule(
    "unreadable-file",
    ERROR,
    "a file that the config reads cannot be read",
    "correct the path, or let the user that runs pylsyncd read the file",
)
FILTER_RULE = Rule("filter-rule", ERROR, "a filter rule that cannot be read", "begin it with + or -")
CRONTAB_RULE = Rule(
    "crontab-rule", ERROR, "a crontab rule that cannot be read", "write six fields, the first for seconds"
)
NOTHING_TO_WATCH = Rule(
    "nothing-to-watch", ERROR, "no sync at all", "add a sync{ }, or look why none is reached"
)
MISSING_MODULE = Rule(
    "missing-module",
    ERROR,
    "`require` finds no such module",
    "install it for Lua 5.3, or put it beside the config",
)
ENDS_ITSELF = Rule(
    "ends-itself",
    ERROR,
    "the config calls `os.exit` or `terminate` while it is loaded",
    "remove the call, or use error() with a message that says what is missing",
)
LUA_ERROR = Rule(
    "lua-error", ERROR, "any other error while the config is loaded", "correct the line that is named"
)
NEEDS_PROGRAMS = Rule(
    "needs-programs",
    WARNING,
    "the load stops after `--no-exec` has refused something, perhaps because of that",
    "check again without --no-exec where the config may run its programs",
)

NEEDS_MACHINE = Rule(
    "needs-machine",
    WARNING,
    "the load stops under `--no-environment` because the config looks for something that is not here",
    "check it on the machine that it is for",
)

# -- what it said and did -------------------------------------------------------------------------

NO_ACTION = Rule(
    "no-action", WARNING, "a sync without any action", "add default.rsync or another base to the sync"
)
LOGGED_WARNING = Rule(
    "logged-warning", WARNING, "a warning that is logged while the config is loaded", "read what it says"
)
LOGGED_ERROR = Rule(
    "logged-error", WARNING, "an error that is logged while the config is loaded", "read what it says"
)
RUNS_PROGRAM = Rule(
    "runs-program",
    NOTE,
    "a program is started while the config is loaded",
    "nothing has to be done; --no-exec checks without running it",
)
WRITES_FILE = Rule(
    "writes-file",
    NOTE,
    "a file is written, removed or renamed while the config is loaded",
    "nothing has to be done; --no-exec checks without doing it",
)
SENDS_SIGNAL = Rule(
    "sends-signal",
    WARNING,
    "a signal is sent while the config is loaded; `check` only pretends to",
    "move it to a script that starts the daemon: a reload sends it, too",
)

# -- the machine ----------------------------------------------------------------------------------

NETWORK_SOURCE = Rule(
    "network-source",
    WARNING,
    "a source on a network or FUSE file system, where changes made elsewhere are not seen",
    'run pylsyncd on the machine that holds the files, or set `monitor = "poll"` for the sync',
)
UNREADABLE_SOURCE = Rule(
    "unreadable-source",
    ERROR,
    "a source that this user cannot read",
    "check as the user that will run pylsyncd; give that user read and search permission",
)
TOO_MANY_DIRECTORIES = Rule(
    "too-many-directories",
    ERROR,
    "more directories below the sources than inotify watches are allowed",
    "raise the limit: sysctl -w fs.inotify.max_user_watches=N, and for good in /etc/sysctl.d",
)
UNCOUNTED_DIRECTORIES = Rule(
    "uncounted-directories",
    NOTE,
    "the directories below the sources could not all be counted in time",
    "count them with `find SOURCE -type d`; the limit is `sysctl fs.inotify.max_user_watches`",
)
MISSING_PROGRAM = Rule(
    "missing-program",
    WARNING,
    "a program that a sync calls is not found",
    "install it, or give its path as `binary`",
)
OLD_PROGRAM = Rule("old-program", WARNING, "an rsync older than 3.1", "install rsync 3.1 or later")
UNKNOWN_VERSION = Rule(
    "unknown-version",
    NOTE,
    "what is called as rsync does not say its version",
    "make sure that it calls rsync 3.1 or later with all arguments it is given",
)
UNWRITABLE_PIDFILE = Rule(
    "unwritable-pidfile",
    ERROR,
    "the directory of the pid file does not exist or cannot be written to",
    "create the directory, and let the user that runs pylsyncd write there",
)
UNWRITABLE_LOGFILE = Rule(
    "unwritable-logfile",
    WARNING,
    "the same of the log file, which then is not written",
    "create the directory, and let the user that runs pylsyncd write there",
)
UNWRITABLE_STATUS_FILE = Rule(
    "unwritable-status-file",
    WARNING,
    "the same of the status file, which then is not written",
    "create the directory, and let the user that runs pylsyncd write there",
)

# -- what came out --------------------------------------------------------------------------------

RELATIVE_TARGET = Rule(
    "relative-target",
    WARNING,
    "a target without a leading slash in a daemon: it depends on where that is started",
    "write the whole path",
)
TARGET_IN_SOURCE = Rule(
    "target-in-source",
    WARNING,
    "a target that is the source or lies in it, in a sync with functions or commands of its own",
    "choose another target, or exclude it: what is written there is a change that is acted on again",
)
SHARED_TARGET = Rule(
    "shared-target",
    WARNING,
    "two syncs bring files to one place, and one deletes there what the other has brought",
    "give each sync a directory of its own, or set delete = false in both",
)
EXCLUDE_NEVER = Rule(
    "exclude-never",
    WARNING,
    "an exclude that begins with the path of the source: it matches nothing, since patterns begin there",
    "write the pattern without the path of the source",
)
EXCLUDE_EVERYTHING = Rule(
    "exclude-everything",
    WARNING,
    "an exclude or a filter that hides all there is",
    "remove the pattern, or make it say more",
)

RULES: Final = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
"""All of them, in the order of the manual."""
