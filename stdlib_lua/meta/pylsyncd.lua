---@meta pylsyncd
-- The API of the configuration language, for the Lua language server. Never loaded by the daemon.

-- Globals ------------------------------------------------------------------------------------------

---The Lsyncd release whose API this is.
---@type string
lsyncd_version = "2.3.1"

---Starts a process for a waiting event or a list of waiting events. The events become active; when the
---process ends, the sync's `collect` judges it.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param binary string looked up in PATH
---@param ... string|number|table|nil arguments; tables are flattened in place, nil is skipped. If the
---first is `"<"`, the second is written to the process's standard input.
function spawn(agent, binary, ...) end

---The same as `spawn(agent, "sh", "-c", command, "sh", ...)`.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param command string
---@param ... string|number|table|nil `$1`, `$2`, ... of the command
function spawnShell(agent, command, ...) end

---Writes a line to the log.
---@param category pylsyncd.LogCategory|string
---@param ... any joined without blanks
function log(category, ...) end

---@alias pylsyncd.LogCategory
---| "Normal" # shown by default
---| "Warn" # shown by default
---| "Error" # shown by default
---| "Alarm"
---| "Call"
---| "Debug"
---| "Delay"
---| "Exclude"
---| "Exec"
---| "Filter"
---| "Function"
---| "FWrite"
---| "Info"
---| "Inotify"
---| "Masterloop"
---| "Statusfile"
---| "Tunnel"

---Ends the daemon at once.
---@param exitcode integer -1 is 255 to the shell
function terminate(exitcode) end

---The time on a monotonic clock.
---@return pylsyncd.Timestamp
function now() end

---Calls a function once when a time has come. It may set itself again.
---@generic T
---@param timestamp pylsyncd.Timestamp
---@param func fun(timestamp: pylsyncd.Timestamp, extra: T)
---@param extra? T
function alarm(timestamp, func, extra) end

---The entries of a directory: name to true for a directory, to false for anything else.
---@param path string
---@return table<string, boolean>|nil entries nil if it cannot be read
function readdir(path) end

---Calls functions whenever a file descriptor can be read or written, until further notice.
---@param fd integer a pipe, a socket or the like; a regular file cannot be waited for
---@param ready fun(fd: integer)|nil
---@param writey fun(fd: integer)|nil
function observefd(fd, ready, writey) end

---Ends what `observefd` began.
---@param fd integer
function nonobservefd(fd) end

---Prints a table, for debugging.
---@param value table
---@param indent? string
function dump(value, indent) end

---Replaces `^key` by `data[key]`. The spelling is Lsyncd's.
---@generic T: string|string[]
---@param text T
---@param data table<string, string>
---@return T
function substitudeCommands(text, data) end

---Whether `s` begins with `prefix`.
---@param s string
---@param prefix string
---@return boolean
function string.starts(s, prefix) end

---Whether `s` ends with `suffix`.
---@param s string
---@param suffix string
---@return boolean
function string.ends(s, suffix) end

---Whether a value of the table equals `value`.
---@param list table
---@param value any
---@return boolean
function table.contains(list, value) end

---A point on the monotonic clock: `+` and `-` take seconds, the difference of two is a number of seconds.
---@class pylsyncd.Timestamp
---@field seconds number
---@field string string
---@operator add(number): pylsyncd.Timestamp
---@operator sub(number): pylsyncd.Timestamp
---@operator sub(pylsyncd.Timestamp): number
---@operator concat(any): string

-- lsyncd -------------------------------------------------------------------------------------------

---Small services of the daemon.
---@class pylsyncd.Lsyncd
lsyncd = {}

---@see log
---@param category pylsyncd.LogCategory|string
---@param ... any
function lsyncd.log(category, ...) end

---@see now
---@return pylsyncd.Timestamp
function lsyncd.now() end

---@see terminate
---@param exitcode integer
function lsyncd.terminate(exitcode) end

---@see readdir
---@param path string
---@return table<string, boolean>|nil
function lsyncd.readdir(path) end

---@see dump
---@param value table
---@param indent? string
function lsyncd.dump(value, indent) end

---The absolute real path of a directory, with a slash behind it.
---@param path string
---@return string|nil
function lsyncd.realdir(path) end

---Sends a signal to a process.
---@param pid integer
---@param signal integer
---@return 0|-1
function lsyncd.kill(pid, signal) end

---A TCP port that is free at this moment.
---@return integer
function lsyncd.get_free_port() end

---The size of a file in bytes.
---@param path string
---@return integer|nil size nil if there is no such file
function lsyncd.get_file_size(path) end

---How many processes run, and the limit over all syncs.
---@return integer running
---@return integer|nil limit `settings.maxProcesses`
function lsyncd.get_process_info() end

---@see observefd
---@param fd integer
---@param ready fun(fd: integer)|nil
---@param writey fun(fd: integer)|nil
function lsyncd.observe_fd(fd, ready, writey) end

---@see nonobservefd
---@param fd integer
function lsyncd.nonobserve_fd(fd) end

---Starts a process that belongs to no sync; nobody asks how it ends.
---@param binary string looked up in PATH
---@param ... string|number|table|nil arguments as `spawn` takes them, `"<"` and a text among them
---@return integer pid
function lsyncd.exec(binary, ...) end

---The words of a text; single and double quotes group.
---@param text string
---@return string[]
function lsyncd.splitQuotedString(text) end

---Whole clock ticks of 10 ms, Lsyncd's unit of time.
---@param seconds number
---@return integer
function lsyncd.jiffies_from_seconds(seconds) end

---Prints the Lua call stack, for debugging.
function lsyncd.stackdump() end

---Sets a setting while the configuration is loaded, as `settings{ [name] = value }` does. A name that is
---no setting is ignored with a warning.
---@param name string
---@param value? any true if it is not given
function lsyncd.configure(name, value) end

-- settings -----------------------------------------------------------------------------------------

---What `settings{}` takes. A string in the list part sets that flag.
---@class pylsyncd.Settings
---@field [integer] "nodaemon"|"onepass"|"insist"|"collapse"|"statusWatches"
---@field collapse? boolean false: events of one path are not combined, as in Lsyncd 2.2 and later
---@field compat? "2.3" do as Lsyncd 2.3 does, mistakes included, wherever it changes what is spawned
---@field delay? number seconds, over that of every sync
---@field drainTimeout? number for so many seconds waiting changes are still sent after TERM; 10
---@field inotifyMode? "Modify"|"CloseWrite"|"CloseWrite or Modify" which writes count; `CloseWrite`
---@field insist? boolean keep trying at start-up although a target cannot be reached, or a source is missing
---@field logfacility? string|integer syslog facility; `user`
---@field logfile? string
---@field logformat? "plain"|"json"
---@field logident? string name in the syslog; `lsyncd`
---@field maxDelays? integer for every sync; 1000
---@field maxProcesses? integer limit over all syncs
---@field monitor? "inotify"|"fanotify"|"poll"|"auto" how to watch, for syncs that do not say; `inotify`
---@field nodaemon? boolean stay in the foreground
---@field onepass? boolean do the start-up of every sync, then end
---@field pidfile? string
---@field pollInterval? number seconds between two looks of the monitor `poll`; 10
---@field rescanInterval? number directories that cannot be watched are looked through once in so many seconds; 60
---@field settle? number a file is sent when it was closed, or has not changed for so many seconds; 0: at once
---@field statusFile? string
---@field statusInterval? number the status file is written at most once per so many seconds; 10
---@field statusWatches? boolean list the watches in the status file

---Sets, or with a key as argument gives, settings.
---@overload fun(key: string): any
---@param options pylsyncd.Settings
function settings(options) end

-- sync ---------------------------------------------------------------------------------------------

---@alias pylsyncd.EventType "Attrib"|"Create"|"Modify"|"Delete"|"Move"|"Init"|"Blanket"|"Full"

---@alias pylsyncd.Verdict
---| "ok" # the events are done
---| "again" # they wait and are tried again
---| "partial" # as "again", but at most `retries` times
---| "apart" # as "again", but the sync goes on meanwhile, and a list is tried again in halves
---| "split" # the Move goes on as a Delete and a Create
---| "die" # the sync ends

---A function, or a command line: one that begins with `/` is run as it is, any other by a shell;
---`^path`, `^sourcePathname`, `^o.targetPath` and the like stand for the event's fields.
---@alias pylsyncd.Reaction string|fun(event: pylsyncd.Event, event2?: pylsyncd.Event)|boolean

---What every sync takes. Tables in the list part are inherited from, `default.rsync` for one.
---@class pylsyncd.SyncOptions
---@field [integer] table
---@field source string the directory to watch
---@field target? string
---@field action? fun(inlet: pylsyncd.Inlet)|false called when events are ready
---@field allowDangerousTarget? boolean take a target that is `/`, holds the source or lies in it
---@field checkgauge? table|false the keys that a sync of this kind takes
---@field collapse? boolean as in `settings{}`
---@field compat? "2.3"|false as in `settings{}`
---@field collect? (fun(agent: pylsyncd.Event|pylsyncd.EventList, exitcode: integer, answer?: string): pylsyncd.Verdict?, table<pylsyncd.Event, pylsyncd.Verdict>?)|false
---@field crontab? string|string[] when to queue a full transfer: "sec min hour day-of-month month day-of-week"
---@field delay? number seconds from an event to its action
---@field exclude? string|string[] patterns of paths to leave alone
---@field excludeFrom? string a file of such patterns
---@field exitcodes? table<integer, pylsyncd.Verdict>|false what the exit codes of processes mean
---@field filter? string|string[] rules `+ pattern` and `- pattern`; the first that matches decides
---@field filterFrom? string a file of such rules
---@field full? fun(event: pylsyncd.Event)|false called for a Full event
---@field init? fun(event: pylsyncd.Event)|false called for the Init event; false: no start-up
---@field maxDelays? integer as many waiting events end the delay
---@field maxProcesses? integer
---@field monitor? "inotify"|"fanotify"|"poll"|"auto" how to watch; as `settings{}` says
---@field name? string `Sync1`, `Sync2`, ...
---@field onAttrib? pylsyncd.Reaction
---@field onCreate? pylsyncd.Reaction
---@field onDelete? pylsyncd.Reaction
---@field onFull? pylsyncd.Reaction
---@field onModify? pylsyncd.Reaction
---@field onMove? pylsyncd.Reaction true: moves stay whole; without it they become Delete and Create
---@field onStartup? pylsyncd.Reaction
---@field prepare? fun(config: pylsyncd.Config, level: integer)|false checks and completes the configuration
---@field retries? integer how often a partial failure is tried again; 5
---@field retryMax? number the longest wait between tries in seconds; 300
---@field settle? number as in `settings{}`
---@field subdirs? boolean false: only the top directory is watched
---@field tunnel? pylsyncd.TunnelObject

---A sync's configuration, everything inherited and completed.
---@class pylsyncd.Config: pylsyncd.SyncOptions
---@field _source string the source as it was given
---@field delay number
---@field maxDelays integer
---@field maxProcesses integer
---@field name string
---@field host? string
---@field rsync? pylsyncd.RsyncOptions
---@field ssh? pylsyncd.SshOptions
---@field targetdir? string

---Adds a sync. Takes the options of its kind, those of default.rsync for one, besides.
---@param options pylsyncd.SyncOptions|pylsyncd.RsyncSyncOptions|pylsyncd.RsyncsshSyncOptions|pylsyncd.DirectSyncOptions
---@return pylsyncd.Inlet
function sync(options) end

---What `tunnel{}` takes. In the commands, and in the target of default.rsync, `^localport` and `^localhost`
---stand for the local end of the tunnel.
---@class pylsyncd.TunnelOptions
---@field command string|string[] a string is split at blanks outside quotes
---@field mode? "command"|"pool" one local port for all processes, the default, or one for each
---@field parallel? integer processes to keep running; 1
---@field retryDelay? number seconds until a process that could not connect is started again; 10
---@field readyDelay? number seconds after which a process counts as up; 5
---@field localhost? string `localhost`
---@field name? string `Tunnel1`, `Tunnel2`, ...
---@field distribution? "rr" transfers take the processes in turn
---@field checkCommand? string|string[] tells by its exit code whether a process is of use; run first after
---`readyDelay`, then every `retryDelay` seconds
---@field checkExitCodes? integer[]|table<integer, "ok"|string> the codes that say yes; { 0 }
---@field checkMaxFailed? integer as many checks in a row fail before a process is replaced; 5

---What `tunnel{}` returns. One may serve several syncs.
---@class pylsyncd.TunnelObject
---@field name string

---Makes a tunnel for the `tunnel` key of syncs. Until it is up, nothing of its syncs is started.
---@param options pylsyncd.TunnelOptions
---@return pylsyncd.TunnelObject
function tunnel(options) end

Tunnel = {}

---The same as `tunnel{}`.
---@param options pylsyncd.TunnelOptions
---@return pylsyncd.TunnelObject
function Tunnel.new(options) end

---A list whose entries keep their positions while others come and go.
---@class pylsyncd.Queue
local queue = {}

Queue = {}

---@return pylsyncd.Queue
function Queue.new() end

---Adds a value behind all others.
---@param value any
---@return integer position
function queue:push(value) end

---Adds a value before all others.
---@param value any
---@return integer position
function queue:inject(value) end

---Takes a value away.
---@param position integer
---@return any value
function queue:remove(position) end

---Puts a value in the place of another.
---@param position integer
---@param value any
---@return any old
function queue:replace(position, value) end

---@return any value nil if the queue is empty
---@return integer|nil position
function queue:first() end

---@return any value nil if the queue is empty
---@return integer|nil position
function queue:last() end

---@return integer
function queue:size() end

---From the first to the last; the entry at hand may be removed.
---@return fun(): integer, any
function queue:qpairs() end

---From the last to the first.
---@return fun(): integer, any
function queue:qpairsReverse() end

-- Inlets and events --------------------------------------------------------------------------------

---How a sync's functions reach its queue. Called with a dot.
---@class pylsyncd.Inlet
local inlet = {}

---The next ready event, for a Move that at its origin and that at its destination. The same again
---until something is spawned for it or it is discarded.
---@return pylsyncd.Event
---@return pylsyncd.Event|nil
function inlet.getEvent() end

---All events that no active one holds back. True takes an event, false leaves it and what it blocks,
---"break" ends the list.
---@param test? fun(event: pylsyncd.Event): boolean|"break"|nil
---@return pylsyncd.EventList
function inlet.getEvents(test) end

---Drops a waiting event.
---@param event pylsyncd.Event
function inlet.discardEvent(event) end

---@return pylsyncd.Config
function inlet.getConfig() end

---@return pylsyncd.Sync
function inlet.getSync() end

---@param pattern string
function inlet.addExclude(pattern) end

---@param pattern string
function inlet.rmExclude(pattern) end

---@return string[]
function inlet.getExcludes() end

---Adds a rule, `+ pattern` or `- pattern`, in one string or in two.
---@param rule string
---@param pattern? string
function inlet.appendFilter(rule, pattern) end

---The filters in order, then `- pattern` for each exclude.
---@return string[]
function inlet.getFilters() end

---@return boolean
function inlet.hasFilters() end

---A new event that blocks all that comes after it and waits for all before it.
---@return pylsyncd.Event
function inlet.createBlanketEvent() end

---Queues a full transfer.
---@param path string
---@return pylsyncd.Event
function inlet.createFullEvent(path) end

---The tunnel's variables for `substitudeCommands`, added to `data`.
---@param event pylsyncd.Event
---@param data table<string, string>
---@return table<string, string>
function inlet.getSubstitutionData(event, data) end

---@class pylsyncd.Sync
---@field config pylsyncd.Config
---@field delays pylsyncd.Sized
---@field name string
---@field processes pylsyncd.Sized
---@field source string

---@class pylsyncd.Sized
local sized = {}

---@return integer
function sized:size() end

---One event. Set fields of your own and read those with `rawget`: an unknown field is an error.
---The comments are for `/d/f` in the source `/s/` with the target `/t/`.
---@class pylsyncd.Event
---@field basename string `f`; of a directory without its slash
---@field config pylsyncd.Config
---@field etype pylsyncd.EventType
---@field inlet pylsyncd.Inlet
---@field isdir boolean
---@field isList false
---@field move "Fr"|"To"|nil which end of a Move this is
---@field name string `f`; of a directory with a slash
---@field path string `d/f`
---@field pathdir string `d/`; empty at the top
---@field pathname string `d/f`; of a directory without its slash
---@field source string `/s/`
---@field sourcePath string `/s//d/f`
---@field sourcePathdir string `/s//d/`
---@field sourcePathname string `/s//d/f`
---@field status "wait"|"active"|"block"|"done"
---@field target string|nil as configured
---@field targetPath string `/t//d/f`
---@field targetPathdir string `/t//d/`
---@field targetPathname string `/t//d/f`

---What `inlet.getEvents` gives.
---@class pylsyncd.EventList
---@field config pylsyncd.Config
---@field inlet pylsyncd.Inlet
---@field isList true
local elist = {}

---The paths with their leading slash, both of a Move; with a string joined by it.
---@overload fun(delimiter: string): string
---@param mutator? fun(etype: pylsyncd.EventType, path: string, path2?: string): string?, string?
---@return string[]
function elist.getPaths(mutator) end

---The same with the source before each path.
---@overload fun(delimiter: string): string
---@param mutator? fun(etype: pylsyncd.EventType, path: string, path2?: string): string?, string?
---@return string[]
function elist.getSourcePaths(mutator) end

---@return pylsyncd.Event[]
function elist.getList() end

---@return integer
function elist.size() end

-- default ------------------------------------------------------------------------------------------

---What syncs inherit, and tables to inherit from.
---@class pylsyncd.Default
---@field checkgauge table the keys of every sync
---@field delay number
---@field direct pylsyncd.DefaultDirect
---@field maxDelays integer
---@field maxProcesses integer
---@field rsync pylsyncd.DefaultRsync
---@field rsyncExitCodes table<integer, pylsyncd.Verdict>
---@field rsyncOptions pylsyncd.RsyncOption[] what `rsync{}` takes
---@field rsyncssh pylsyncd.DefaultRsyncssh
---@field sshExitCodes table<integer, pylsyncd.Verdict>
default = {}

---Calls `onCreate` and the like for the next event; gives it up if that spawned nothing.
---@param inlet pylsyncd.Inlet
function default.action(inlet) end

---Judges a finished process.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param exitcode integer
---@param exitcodes? table<integer, pylsyncd.Verdict> in place of the sync's
---@return pylsyncd.Verdict
function default.collect(agent, exitcode, exitcodes) end

---Calls `onStartup`; the start-up is done if that spawned nothing.
---@param event pylsyncd.Event
function default.init(event) end

---Whether a sync is to do as Lsyncd 2.3 does (`compat`).
---@param config pylsyncd.Config
---@return boolean
function default.is_compatible(config) end

---Checks the configuration against its gauge.
---@param config pylsyncd.Config
---@param level integer stack level of the user's `sync{}`
function default.prepare(config, level) end

---Raises an error that points at the user's line.
---@param message string
---@param level integer as in `error`
function default.raise(message, level) end

---Runs rsync over a list of events by filter rules, unless it is empty.
---@param elist pylsyncd.EventList
function default.rsyncBatch(elist) end

---The include rules that rsync gets for a list of events.
---@param elist pylsyncd.EventList
---@return string[]
function default.rsyncRules(elist) end

---Mirrors a directory with rsync.
---@class pylsyncd.DefaultRsync
---@field checkgauge table
---@field delay number
---@field delete boolean
---@field exitcodes table<integer, pylsyncd.Verdict>
---@field rsync pylsyncd.RsyncOptions
default.rsync = {}

---Runs rsync for all changes that are free to go.
---@param inlet pylsyncd.Inlet
---@param stop? fun(event: pylsyncd.Event): boolean names the first event that is not to go along
function default.rsync.action(inlet, stop) end

---Judges a finished process as `default.collect` does, but for lists of paths that rsync did not take.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param exitcode integer
---@param exitcodes? table<integer, pylsyncd.Verdict> in place of the sync's
---@return pylsyncd.Verdict
function default.rsync.collect(agent, exitcode, exitcodes) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.rsync.full(event) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.rsync.init(event) end

---Checks and completes the configuration.
---@param config pylsyncd.Config
---@param level integer stack level of the user's `sync{}`
---@param skipTarget? boolean the target is somebody else's business
function default.rsync.prepare(config, level, skipTarget) end

---How the start-up runs.
---@class pylsyncd.StartupOptions
---@field parallel? integer over how many processes of rsync it is split; 1

---What `sync{ default.rsync, ... }` takes.
---@class pylsyncd.RsyncSyncOptions: pylsyncd.SyncOptions
---@field batchSizeLimit? number bytes; a larger file gets an rsync of its own
---@field delete? boolean|"startup"|"running" whether, or when, to delete what the source has not; true
---@field maxDelete? integer|false more entries than that are deleted in one go only when somebody allows it
---@field startup? pylsyncd.StartupOptions
---@field rsync? pylsyncd.RsyncOptions

---Mirrors a directory to another host: moves are made there through ssh, rsync brings all else.
---@class pylsyncd.DefaultRsyncssh
---@field checkgauge table
---@field delay number
---@field onMove true
---@field rsyncExitCodes table<integer, pylsyncd.Verdict>
---@field ssh pylsyncd.SshOptions
---@field sshExitCodes table<integer, pylsyncd.Verdict>
default.rsyncssh = {}

---Makes the moves that are ready on the host if one is next, or runs rsync for all changes before the next move.
---@param inlet pylsyncd.Inlet
function default.rsyncssh.action(inlet) end

---Judges a finished process: rsync's by `rsyncExitCodes`, a move's by `sshExitCodes`.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param exitcode integer
---@param answer? string what the host has said of each of several moves
---@return pylsyncd.Verdict
---@return table<pylsyncd.Event, pylsyncd.Verdict>? # those that fared otherwise
function default.rsyncssh.collect(agent, exitcode, answer) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.rsyncssh.full(event) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.rsyncssh.init(event) end

---Checks and completes the configuration.
---@param config pylsyncd.Config
---@param level integer stack level of the user's `sync{}`
function default.rsyncssh.prepare(config, level) end

---What `sync{ default.rsyncssh, ... }` takes; `target` is not among it.
---@class pylsyncd.RsyncsshSyncOptions: pylsyncd.RsyncSyncOptions
---@field host string
---@field rsyncExitCodes? table<integer, pylsyncd.Verdict>
---@field ssh? pylsyncd.SshOptions
---@field sshExitCodes? table<integer, pylsyncd.Verdict>
---@field targetdir string the directory on the host
---@field xargs? table of older releases, ignored

---How to call ssh(1); rsync is told the same.
---@class pylsyncd.SshOptions
---@field _extra? (string|number)[] further arguments
---@field binary? string what makes moves; `ssh`
---@field multiplex? boolean whether all calls share one connection; true
---@field identityFile? string -i
---@field options? table<string, string|number> -o Key=Value
---@field port? integer|string -p

---Mirrors a directory to another one of this machine with cp, mkdir, mv and rm.
---@class pylsyncd.DefaultDirect
---@field checkgauge table
---@field delay number
---@field onMove true
---@field rsyncExitCodes table<integer, pylsyncd.Verdict>
default.direct = {}

---Runs the command for the next event.
---@param inlet pylsyncd.Inlet
function default.direct.action(inlet) end

---Judges a finished process: rsync's by `rsyncExitCodes`; other commands that failed are tried again.
---@param agent pylsyncd.Event|pylsyncd.EventList
---@param exitcode integer
---@return pylsyncd.Verdict
function default.direct.collect(agent, exitcode) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.direct.full(event) end

---Runs rsync over the whole source.
---@param event pylsyncd.Event
function default.direct.init(event) end

---Checks and completes the configuration.
---@param config pylsyncd.Config
---@param level integer stack level of the user's `sync{}`
function default.direct.prepare(config, level) end

---What `sync{ default.direct, ... }` takes.
---@class pylsyncd.DirectSyncOptions: pylsyncd.RsyncSyncOptions
---@field rsyncExitCodes? table<integer, pylsyncd.Verdict>

---One row of `default.rsyncOptions`.
---@class pylsyncd.RsyncOption
---@field name string
---@field archive? boolean switched on by `archive`
---@field flag? string
---@field letter? string
---@field value? string the argument but for the value

---Options of rsync(1).
---@class pylsyncd.RsyncOptions
---@field _extra? (string|number)[] further arguments
---@field acls? boolean -A
---@field append? boolean --append
---@field append_verify? boolean --append-verify
---@field archive? boolean links, perms, times, group, owner, devices and specials, unless set
---@field backup? boolean -b
---@field backup_dir? string --backup-dir
---@field binary? string the program; `rsync`
---@field bwlimit? number|string --bwlimit
---@field checksum? boolean -c
---@field chmod? number|string --chmod
---@field chown? string --chown
---@field compress? boolean -z
---@field copy_dirlinks? boolean -k
---@field copy_links? boolean -L
---@field copy_unsafe_links? boolean --copy-unsafe-links
---@field cvs_exclude? boolean -C
---@field delete_excluded? boolean --delete-excluded at start-up
---@field devices? boolean --devices, with specials -D
---@field dry_run? boolean -n
---@field executability? boolean -E
---@field existing? boolean --existing
---@field group? boolean -g
---@field groupmap? string --groupmap
---@field hard_links? boolean -H
---@field ignore_times? boolean -I
---@field inplace? boolean --inplace
---@field ipv4? boolean -4
---@field ipv6? boolean -6
---@field keep_dirlinks? boolean -K
---@field links? boolean -l; true
---@field omit_dir_times? boolean -O
---@field omit_link_times? boolean -J
---@field one_file_system? boolean -x
---@field owner? boolean -o
---@field password_file? string --password-file
---@field perms? boolean -p
---@field protect_args? boolean -s; true
---@field prune_empty_dirs? boolean -m
---@field quiet? boolean -q
---@field rsh? string --rsh
---@field rsync_path? string --rsync-path
---@field sparse? boolean -S
---@field specials? boolean --specials, with devices -D
---@field suffix? string --suffix
---@field temp_dir? string --temp-dir
---@field timeout? number|string --timeout, seconds
---@field times? boolean -t; true
---@field transfer? "files"|"filter" how rsync is told what has changed; "files" where that does
---@field update? boolean -u
---@field usermap? string --usermap
---@field verbose? boolean -v
---@field whole_file? boolean -W
---@field xattrs? boolean -X
