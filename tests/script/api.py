"""The golden list: every name of the Lua API (spec 2.1 to 2.6) and what kind of value it is."""

from __future__ import annotations

from collections.abc import Mapping

FUNCTION, TABLE, TEXT, NUMBER, FLAG = "function", "table", "string", "number", "boolean"

LUA_53 = """_G _VERSION assert collectgarbage coroutine debug dofile error getmetatable io ipairs load
loadfile math next os package pairs pcall print rawequal rawget rawlen rawset require select
setmetatable string table tonumber tostring type utf8 xpcall"""

OF_OLDER_LUA = "bit32 getfenv loadstring setfenv unpack"

GLOBALS = """Queue Tunnel alarm default dump log lsyncd lsyncd_version nonobservefd now observefd readdir
spawn spawnShell substitudeCommands sync terminate tunnel"""

LSYNCD = """configure dump exec get_file_size get_free_port get_process_info internal
jiffies_from_seconds kill log nonobserve_fd now observe_fd readdir realdir splitQuotedString stackdump
terminate"""

GLOBAL_KINDS: Mapping[str, str] = {
    "alarm": FUNCTION,
    "default": TABLE,
    "dump": FUNCTION,
    "log": FUNCTION,
    "lsyncd": TABLE,
    "lsyncd_version": TEXT,
    "now": FUNCTION,
    "readdir": FUNCTION,
    "settings": TABLE,  # with a call
    "spawn": FUNCTION,
    "spawnShell": FUNCTION,
    "sync": FUNCTION,
    "terminate": FUNCTION,
    "nonobservefd": FUNCTION,
    "observefd": FUNCTION,
    "Queue": TABLE,
    "Queue.new": FUNCTION,
    "substitudeCommands": FUNCTION,
    "Tunnel": TABLE,
    "tunnel": FUNCTION,
    "now().seconds": NUMBER,
    "now().string": TEXT,
    "string.ends": FUNCTION,
    "string.starts": FUNCTION,
    "table.contains": FUNCTION,
    "table.getn": FUNCTION,
    "unpack": FUNCTION,
    "loadstring": FUNCTION,
    **{f"lsyncd.{name}": FUNCTION for name in LSYNCD.split() if name != "internal"},
    **dict.fromkeys(
        ("default.action", "default.collect", "default.init", "default.prepare", "default.raise"), FUNCTION
    ),
    "default.checkgauge": TABLE,
    "default.delay": NUMBER,
    "default.maxDelays": NUMBER,
    "default.maxProcesses": NUMBER,
    "default.rsyncExitCodes": TABLE,
    "default.sshExitCodes": TABLE,
    "default.rsync.action": FUNCTION,
    "default.rsync.checkgauge": TABLE,
    "default.rsync.delay": NUMBER,
    "default.rsync.delete": FLAG,
    "default.rsync.exitcodes": TABLE,
    "default.rsync.full": FUNCTION,
    "default.rsync.init": FUNCTION,
    "default.rsync.prepare": FUNCTION,
    "default.rsync.rsync": TABLE,
    "default.rsyncssh.action": FUNCTION,
    "default.rsyncssh.checkgauge": TABLE,
    "default.rsyncssh.collect": FUNCTION,
    "default.rsyncssh.prepare": FUNCTION,
    "default.direct.action": FUNCTION,
    "default.direct.checkgauge": TABLE,
    "default.direct.collect": FUNCTION,
    "default.direct.prepare": FUNCTION,
}
"""Expressions that a config may write at its top level."""

INLET_FUNCTIONS = """addExclude appendFilter createBlanketEvent createFullEvent discardEvent getConfig
getEvent
getEvents getExcludes getFilters getSubstitutionData getSync hasFilters rmExclude"""

EVENT_FIELDS: Mapping[str, str] = {
    "config": TABLE,
    "inlet": TABLE,
    "etype": TEXT,
    "isList": FLAG,
    "status": TEXT,
    "isdir": FLAG,
    "move": TEXT,  # on the two events of a move
    **dict.fromkeys(("name", "basename", "path", "pathdir", "pathname"), TEXT),
    **dict.fromkeys(("source", "sourcePath", "sourcePathdir", "sourcePathname"), TEXT),
    **dict.fromkeys(("target", "targetPath", "targetPathdir", "targetPathname"), TEXT),
}

LIST_FIELDS: Mapping[str, str] = {
    "config": TABLE,
    "getList": FUNCTION,
    "getPaths": FUNCTION,
    "getSourcePaths": FUNCTION,
    "inlet": TABLE,
    "isList": FLAG,
    "size": FUNCTION,
}

SYNC_FIELDS: Mapping[str, str] = {
    "config": TABLE,
    "delays": TABLE,
    "name": TEXT,
    "processes": TABLE,
    "processes.size": FUNCTION,
    "source": TEXT,
}
"""What `inlet.getSync()` holds at least."""

CONFIG_KEYS = """source target delay maxDelays maxProcesses exitcodes crontab tunnel name monitor subdirs
action init full prepare collect checkgauge onAttrib onCreate onModify onDelete onMove onStartup onFull
exclude excludeFrom filter filterFrom"""
"""The keys of every sync (spec 2.2): the gauge holds each."""
