"""The rows of `docs/differences.md` that concern what is spawned, by the anchors that stand there."""

from __future__ import annotations

import enum


class Row(enum.Enum):
    """Name for good, and what the report says of it."""

    COMBINING = (
        "combining",
        "pylsyncd combines the events of one file; Lsyncd 2.2 and later runs each on its own",
    )
    LISTING_ORDER = "listing-order", "Lsyncd lists new directories in random order, pylsyncd by name"
    NEW_DIRECTORY = "new-directory", "what is in a new directory is queued once the listing is there"
    QUEUE_BROKEN = "queue-broken", "Lsyncd 2.2.3 breaks its queue where an event is taken from its middle"
    FAILING_EVENT = "failing-event", "a process that failed holds back only what concerns the same paths"
    HUP = "hup", "HUP makes Lsyncd begin anew; with pylsyncd what has not changed goes on"
    KILLED = "killed-process", "Lsyncd takes a killed process for a success; pylsyncd tries again"
    PAUSES = "pauses", "pylsyncd tries again more and more rarely"
    DIE = "die", "`die` ends the sync, not the daemon"
    UNLISTED_CODE = "unlisted-code", "an exit code that the table does not list is tried again"
    PARTIAL_FAILURE = "partial-failure", "rsync's code 23 is tried again"
    SHELL = "shell", "Lsyncd 2.2.3 runs /bin/sh, pylsyncd the sh of the PATH, as Lsyncd 2.3 does"
    PARAMETER_ORDER = "parameter-order", "Lsyncd numbers a shell's parameters in a random order"
    TENTH_PARAMETER = "tenth-parameter", 'Lsyncd 2.2.3 writes "$10", which is the first parameter and a zero'
    QUOTED_VARIABLE = "quoted-variable", "a variable inside quotes stays one word"
    ORIGIN_PATHDIR = "origin-pathdir", "Lsyncd 2.2.3 takes ^o.pathdir for ^o.path and the word `dir`"
    EXCLUDE_ORDER = "exclude-order", "Lsyncd gives excludes in random order"
    EXCLUDE_COMMENT = "exclude-comment", "rsync would take such an exclude for a comment"
    EMPTY_FILTER = "empty-filter", "Lsyncd 2.2.3 gives `--filter=. -` for an empty filter"
    RULE_ESCAPES = "rule-escapes", "backslashes and brackets in names are escaped as rsync reads them"
    RELATIVE_TARGET = "relative-target", "a relative target is meant from where the daemon was started"
    BINARY = "binary", "Lsyncd 2.2.3 runs /usr/bin/rsync and /usr/bin/ssh, pylsyncd those of the PATH"
    RSYNCSSH_MOVE = "rsyncssh-move", "the command says by its exit code whether anything was moved"
    RSYNCSSH_BURST = "rsyncssh-burst", "moves that are ready together go through one call of ssh"
    RSYNCSSH_RSH = "rsyncssh-rsh", "`rsync.rsh` serves moves too"
    SSH_MULTIPLEX = "ssh-multiplex", "the calls of ssh share one connection"
    SSH_EXTRA = "ssh-extra", "`ssh._extra` is in --rsh too"
    SSH_OPTIONS = "ssh-options", "Lsyncd gives ssh.options in random order"
    DIRECT_PROGRAMS = "direct-programs", "Lsyncd 2.2.3 runs /bin/cp and such, pylsyncd those of the PATH"
    DIRECT_LINKS = "direct-links", "links and special files are made as such"
    DIRECT_KIND = "direct-kind", "what is of another kind at the target goes first"
    DIRECT_MOVE_ONTO = "direct-move-onto", "a move onto something replaces it"
    DIRECT_ATTRIBUTES = "direct-attributes", "changed attributes are brought over"
    DIRECT_FAILING = (
        "direct-failing",
        "what did not happen at the target is made up for; recorders move nothing",
    )
    DIRECT_LEFT = "direct-left", "a file that has left again is not copied"

    def __init__(self, anchor: str, reason: str) -> None:
        self.anchor = anchor
        self.reason = reason

    @property
    def link(self) -> str:
        """Where it is explained."""
        return f"docs/differences.md#{self.anchor}"
