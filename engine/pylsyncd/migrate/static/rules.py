"""The table of rules that the text of a config is checked by: the table is what runs."""

from __future__ import annotations

from typing import Final

from pylsyncd.migrate.findings import Severity
from pylsyncd.migrate.static import bases, keys, old_style, order, paths, rsync_extra, shell, values
from pylsyncd.migrate.static.rule import Rule

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: Final = (
    # Lsyncd 2.0
    Rule(
        "settings-assigned", _ERROR,
        "`settings = { … }`, as in Lsyncd 2.0",
        "`settings { … }`, without the equal sign",
        old_style.settings_assigned,
    ),
    Rule(
        "setting-assigned", _ERROR,
        "`settings.x = y`, as in Lsyncd 2.0",
        "`settings { x = y }`",
        old_style.setting_assigned,
    ),
    Rule(
        "setting-read", _ERROR,
        "`settings.x` read, as in Lsyncd 2.0",
        '`settings("x")`',
        old_style.setting_read,
    ),
    Rule(
        "rsync-ops", _ERROR,
        "`rsyncOps` or `rsyncOpts`, as in Lsyncd 2.0",
        "`rsync = { … }`, with a key for each option, and `_extra` for the rest",
        old_style.rsync_ops,
    ),
    Rule(
        "xargs", _NOTE,
        "`xargs` of older releases in a sync with `default.rsyncssh`; it is ignored",
        "leave it out",
        old_style.xargs,
    ),
    # Keys
    Rule(
        "unknown-key", _ERROR,
        "a key that a sync, its `rsync`, `ssh` or `startup` does not take",
        "the nearest name; a key of your own goes into `checkgauge`",
        keys.unknown_key,
    ),
    Rule(
        "unknown-setting", _ERROR,
        "a key of `settings` that is none",
        "the nearest name",
        keys.unknown_setting,
    ),
    Rule(
        "unknown-tunnel-key", _ERROR,
        "a key of `tunnel` that is none",
        "the nearest name",
        keys.unknown_tunnel_key,
    ),
    Rule(
        "unknown-default", _WARNING,
        "something that `default` does not have, so that a sync inherits nothing",
        "the nearest name",
        keys.unknown_default,
    ),
    Rule(
        "misplaced-key", _ERROR,
        "a key of another table: `rsync.delete`, `exclude` in `settings`, `nodaemon` in a sync",
        "the place where it belongs",
        keys.misplaced_key,
    ),
    Rule(
        "refused-key", _ERROR,
        "`onCreate` and its like in a sync whose default has an action of its own",
        "one of the two",
        keys.refused_key,
    ),
    Rule(
        "computed-key", _ERROR,
        "`rsync._computed` or `ssh._computed`, which the default makes itself",
        "`_extra`",
        keys.computed_key,
    ),
    Rule(
        "lone-word", _ERROR,
        '`"archive"` where `archive = true` is meant',
        "`archive = true`",
        keys.lone_word,
    ),
    Rule(
        "lone-setting", _ERROR,
        "a word in `settings` that is no setting, or one that needs a value",
        "the nearest name, or a value",
        keys.lone_setting,
    ),
    Rule(
        "duplicate-key", _WARNING,
        "a key that stands twice in one table; only the last one counts",
        "one of them",
        keys.duplicate_key,
    ),
    # What goes with a default
    Rule(
        "host-without-rsyncssh", _ERROR,
        "`host` or `targetdir` with `default.rsync` or `default.direct`",
        '`target = "host:dir"`, or `default.rsyncssh`',
        bases.host_without_rsyncssh,
    ),
    Rule(
        "target-with-rsyncssh", _ERROR,
        "`target` with `default.rsyncssh`",
        "`host` and `targetdir`",
        bases.target_with_rsyncssh,
    ),
    Rule(
        "ssh-options-text", _ERROR,
        "`ssh.options` as a text",
        "`options = { Key = value }`, or `_extra`",
        bases.ssh_options_text,
    ),
    Rule(
        "missing-key", _ERROR,
        "a sync without `source`, `target`, `host` or `targetdir`",
        "the key",
        bases.missing_key,
    ),
    Rule(
        "no-action", _WARNING,
        "a sync that inherits from nothing and has no action",
        "`default.rsync` at its head",
        bases.no_action,
    ),
    Rule(
        "rsyncssh-processes", _ERROR,
        "`maxProcesses` other than 1 with `default.rsyncssh`",
        "`maxProcesses = 1`",
        bases.processes_of_rsyncssh,
    ),
    Rule(
        "rsyncssh-processes-over-all", _NOTE,
        "`settings { maxProcesses = … }` with `default.rsyncssh`, which Lsyncd refuses",
        "nothing, if it is meant as the limit over all syncs",
        bases.processes_over_rsyncssh,
    ),
    Rule(
        "host-with-dash", _ERROR,
        "a `host` that begins with a dash, which ssh takes for an option",
        "its name",
        bases.host_with_dash,
    ),
    # Values
    Rule(
        "wrong-value", _ERROR,
        'a value of the wrong kind: `init = true`, `statusInterval = "10"`, `monitor = "fs"`',
        "a value as the message says",
        values.wrong_value,
    ),
    Rule(
        "not-a-table", _ERROR,
        '`rsync = "-a"` or `ssh = "-p 22"`',
        "`rsync = { … }`, `ssh = { … }`",
        values.not_a_table,
    ),
    Rule(
        "undefined-global", _WARNING,
        "a key whose value is a name that is defined nowhere: `archive = True`, `delete = yes`",
        "`true`, `false`, or the text in quotes",
        values.undefined_global,
    ),
    Rule(
        "delete-never", _WARNING,
        'a `delete` that means no deletes: `delete = "true"`',
        '`true`, `false`, `"startup"` or `"running"`',
        values.delete_never,
    ),
    Rule(
        "false-is-true", _WARNING,
        'an option of rsync that is meant to be off: `compress = "false"`, `compress = 0`',
        "`false`",
        values.false_is_true,
    ),
    Rule(
        "exit-code-verdict", _ERROR,
        "a verdict on an exit code that is none",
        '`"ok"`, `"again"`, `"partial"` or `"die"`',
        bases.exit_codes,
    ),
    Rule(
        "crontab-rule", _ERROR,
        "a rule in `crontab` that cannot be read",
        "six fields, the first one for seconds",
        values.crontab,
    ),
    Rule(
        "filter-rule", _ERROR,
        "a rule in `filter` without `+` or `-`",
        "the sign",
        values.filter_rule,
    ),
    # Arguments of rsync
    Rule(
        "extra-recursive", _NOTE,
        "`-r` or `--recursive` in `_extra`, which rsync gets anyway",
        "leave it out",
        rsync_extra.extra_recursive,
    ),
    Rule(
        "extra-archive", _NOTE,
        "`-a` or `--archive` in `_extra`",
        "`archive = true`",
        rsync_extra.extra_archive,
    ),
    Rule(
        "extra-relative", _WARNING,
        "`-R` or `--relative` in `_extra`: everything arrives below the path of the source",
        "leave it out",
        rsync_extra.extra_relative,
    ),
    Rule(
        "extra-delete", _WARNING,
        "`--delete` and its like in `_extra`: they hold for the runs of a few changes too",
        "`delete` in the sync, `delete_excluded` in `rsync`",
        rsync_extra.extra_delete,
    ),
    Rule(
        "extra-exclude", _NOTE,
        "`--exclude`, `--filter` and their like in `_extra`, of which the daemon does not know",
        "`exclude` or `filter` in the sync",
        rsync_extra.extra_exclude,
    ),
    Rule(
        "extra-glued", _WARNING,
        '`"--bwlimit 100"` in `_extra`, an option and its value in one text',
        "two texts",
        rsync_extra.extra_glued,
    ),
    Rule(
        "extra-text", _WARNING,
        "`rsync._extra` as a text, which is ignored",
        "a list",
        rsync_extra.extra_text,
    ),
    Rule(
        "ssh-extra-text", _ERROR,
        "`ssh._extra` as a text",
        "a list",
        rsync_extra.ssh_extra_text,
    ),
    # Paths
    Rule(
        "relative-target", _WARNING,
        "a `target` that counts from where the daemon is started",
        "a whole path",
        paths.relative_target,
    ),
    Rule(
        "dangerous-target", _ERROR,
        "a target that is `/`, the source, holds it or lies in it",
        "another one, or `allowDangerousTarget = true`",
        paths.dangerous_target,
    ),
    Rule(
        "exclude-never", _WARNING,
        "an exclude with the path of the source in front, which matches nothing",
        "the path below the source",
        paths.exclude_never,
    ),
    Rule(
        "exclude-everything", _WARNING,
        "an exclude that hides the whole source",
        "what is to stay away",
        paths.exclude_everything,
    ),
    Rule(
        "exclude-nothing", _NOTE,
        "an exclude that is empty, or a lone slash",
        "leave it out",
        paths.exclude_nothing,
    ),
    # Shells
    Rule(
        "shell-injection", _WARNING,
        "a file name that becomes part of a command which a shell reads",
        'a parameter: `spawnShell(event, \'cp "$1" /b\', event.sourcePathname)`',
        shell.injection,
    ),
    Rule(
        "command-without-shell", _WARNING,
        "a command line that begins with `/` and has `|`, `>`, `;` or `$` in it, but gets no shell",
        "a `^` in front",
        shell.command_without_shell,
    ),
    Rule(
        "empty-command", _ERROR,
        "an empty command line in an `on…` key",
        "leave it out",
        shell.empty_command,
    ),
    Rule(
        "destination-outside-move", _ERROR,
        "`^d.path` and its like outside of `onMove`",
        "`^path` and its like",
        shell.destination_elsewhere,
    ),
    # Order
    Rule(
        "settings-below-sync", _WARNING,
        "a setting that syncs take over, below the first sync",
        "`settings` first",
        order.settings_below,
    ),
    Rule(
        "settings-delay", _WARNING,
        "`delay` in `settings`, over syncs with a `delay` of their own",
        "`delay` in the syncs only",
        order.settings_delay,
    ),
    Rule(
        "settings-delay-for-all", _NOTE,
        "`delay` in `settings`, which Lsyncd refuses",
        "nothing, if it is meant for all syncs",
        order.settings_delay_for_all,
    ),
    Rule(
        "create-and-modify", _NOTE,
        "`onCreate` and `onModify` that differ, of which mostly the first alone runs for a new file",
        "the same function for both, or `collapse = false`",
        order.create_and_modify,
    ),
)  # fmt: skip
"""All rules, in the order in which the manual lists them."""
