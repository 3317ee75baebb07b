"""The primitives that Lua may call: one list, each guarded at the border."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pylsyncd.script.config_primitives import ConfigPrimitives
from pylsyncd.script.convert import to_bytes
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.hard_links import HardLinkPrimitives
from pylsyncd.script.link import Link
from pylsyncd.script.permission import Permit, permission
from pylsyncd.script.queue_primitives import QueuePrimitives

Primitive = Callable[..., object]
Guarded = Callable[..., tuple[object, ...]]


def primitives(link: Link) -> dict[str, Guarded]:
    """All primitives by the name under which `stdlib_lua/host.lua` lends them to the library."""
    config, queue = ConfigPrimitives(), QueuePrimitives(link)
    system = link.ports.system(link.children)
    names = HardLinkPrimitives(lambda: link.running(b"the names of files").queries, system.tree())
    listed: dict[str, Primitive] = {
        # the engine
        "now": link.ports.now,
        "log": lambda category, message: link.ports.log(category, to_bytes(message)),
        "wants": link.ports.wants,
        "request_alarm": link.request_alarm,
        "terminate": link.terminate,
        "observe": link.observe,
        **_gate(link.ports.permit),
        # a sync's queue
        "first_ready": queue.first_ready,
        "describe": queue.describe,
        "describe_all": queue.describe_all,
        "select": queue.select,
        "select_all": queue.select_all,
        "status": queue.status,
        "clearance": queue.clearance,
        "is_queued": queue.is_queued,
        "queue_size": queue.queue_size,
        "processes_of": queue.processes_of,
        "pid_of": queue.pid_of,
        "processes_running": queue.processes_running,
        "tunnel_ports": queue.tunnel_ports,
        "spawn": queue.spawn,
        "spawn_answering": queue.spawn_answering,
        "spawn_in_parts": queue.spawn_in_parts,
        "discard": queue.discard,
        "create_blanket": queue.create_blanket,
        "create_full": queue.create_full,
        # its filter
        "excludes": queue.excludes,
        "filters": queue.filters,
        "add_exclude": queue.add_exclude,
        "remove_exclude": queue.remove_exclude,
        "append_filter": queue.append_filter,
        # its limits
        "set_limits": queue.set_limits,
        # configuration
        "library": config.library,
        "nearest": config.nearest,
        "check_target": config.check_target,
        "check_rules": config.check_rules,
        "check_crontab": config.check_crontab,
        "read_rules": config.read_rules,
        # files and processes
        "readdir": system.readdir,
        "realdir": system.realdir,
        "future_dir": system.future_dir,
        "file_size": system.file_size,
        "file_status": system.file_status,
        "other_names": names.other_names,
        "end_pipe": system.end_pipe,
        "is_copy_stuck": system.is_copy_stuck,
        "identity": system.identity,
        "version_of": system.version_of,
        "kill": system.kill,
        "free_port": system.free_port,
        "execute": system.execute,
        "check_descriptor": system.check_descriptor,
        "popen": system.popen,
        "close_descriptor": system.close_descriptor,
        "wait_child": system.wait_child,
    }
    wall = link.ports.wall
    if wall is not None:  # else nobody asks: `os.time` stays what it is
        listed["wall"] = lambda: int(wall())
    return {name: guard(link, primitive) for name, primitive in listed.items()}


def _gate(permit: Permit | None) -> dict[str, Primitive]:
    """Without a `permit` the library leaves the functions that would ask as they are."""
    return {} if permit is None else {"permission": partial(permission, permit)}


def guard(link: Link, primitive: Primitive) -> Guarded:
    """Answer (True, results…) or (False, message); remember any other exception for after the call.

    Lua must not see our exceptions as the only trace of them: a script's `pcall` would swallow them.
    """

    def guarded(*arguments: object) -> tuple[object, ...]:
        try:
            answer = primitive(*arguments)
        except RefusalError as refusal:
            return False, refusal.message
        except BaseException as crash:
            link.crash = link.crash or crash
            raise
        return (True, *answer) if isinstance(answer, tuple) else (True, answer)

    return guarded
