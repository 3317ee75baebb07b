-- Mirrors a source with rsync: one full run at the start, then one run for each batch of changes.
-- The chunk returns the table `default.rsync`.

local rsync = {}

local fresh = lsyncd.internal.fresh
local parallel = lsyncd.internal.parallel
local transfer = lsyncd.internal.transfer

-- Options ------------------------------------------------------------------------------------------

-- All that `rsync = { ... }` takes. `letter`: joined with others into one argument; `flag`: an argument
-- of its own; `value`: an argument that the value is appended to; neither: has a meaning of its own.
-- `archive`: switched on by `archive = true` unless the user set it. The rows stand in the order in
-- which Lsyncd lists the arguments, hence `groupmap` before `existing`, and `protect_args` after
-- `times` for the `-lts` that people know.
local OPTIONS = {
    { name = "_extra" },
    { name = "acls", letter = "A" },
    { name = "append", flag = "--append" },
    { name = "append_verify", flag = "--append-verify" },
    { name = "archive" },
    { name = "backup", letter = "b" },
    { name = "backup_dir", value = "--backup-dir=" },
    { name = "binary" },
    { name = "bwlimit", value = "--bwlimit=" },
    { name = "checksum", letter = "c" },
    { name = "chmod", value = "--chmod=" },
    { name = "chown", value = "--chown=" },
    { name = "compress", letter = "z" },
    { name = "copy_dirlinks", letter = "k" },
    { name = "copy_links", letter = "L" },
    { name = "copy_unsafe_links", flag = "--copy-unsafe-links" },
    { name = "cvs_exclude", letter = "C" },
    { name = "delete_excluded" },
    { name = "devices", flag = "--devices", archive = true },
    { name = "dry_run", letter = "n" },
    { name = "executability", letter = "E" },
    { name = "group", letter = "g", archive = true },
    { name = "groupmap", value = "--groupmap=" },
    { name = "existing", flag = "--existing" },
    { name = "hard_links", letter = "H" },
    { name = "ignore_times", letter = "I" },
    { name = "inplace", flag = "--inplace" },
    { name = "ipv4", letter = "4" },
    { name = "ipv6", letter = "6" },
    { name = "keep_dirlinks", letter = "K" },
    { name = "links", letter = "l", archive = true },
    { name = "omit_dir_times", letter = "O" },
    { name = "omit_link_times", letter = "J" },
    { name = "one_file_system", letter = "x" },
    { name = "owner", letter = "o", archive = true },
    { name = "password_file", value = "--password-file=" },
    { name = "perms", letter = "p", archive = true },
    { name = "prune_empty_dirs", letter = "m" },
    { name = "quiet", letter = "q" },
    { name = "rsh", value = "--rsh=" },
    { name = "rsync_path", value = "--rsync-path=" },
    { name = "sparse", letter = "S" },
    { name = "specials", flag = "--specials", archive = true },
    { name = "suffix", value = "--suffix=" },
    { name = "temp_dir", value = "--temp-dir=" },
    { name = "timeout", value = "--timeout=" },
    { name = "times", letter = "t", archive = true },
    { name = "transfer" },
    { name = "protect_args", letter = "s" },
    { name = "update", letter = "u" },
    { name = "usermap", value = "--usermap=" },
    { name = "verbose", letter = "v" },
    { name = "whole_file", letter = "W" },
    { name = "xattrs", letter = "X" },
}

default.rsyncOptions = OPTIONS

local function option_gauge()
    local gauge = {}
    for _, option in ipairs(OPTIONS) do
        gauge[option.name] = true
    end
    return gauge
end

-- The gauge of `default` holds the rest. A name held as false is refused: the action is given.
rsync.checkgauge = {
    onCreate = false,
    onDelete = false,
    onFull = false,
    onModify = false,
    onMove = false,
    onStartup = false,

    batchSizeLimit = true,
    delete = true,
    exclude = true,
    excludeFrom = true,
    filter = true,
    filterFrom = true,
    maxDelete = true, -- spec 6.3
    rsync = option_gauge(),
    startup = { parallel = true }, -- issue 6
    target = true,
}

rsync.rsync = {
    binary = "rsync",
    links = true,
    protect_args = true,
    times = true,
}

rsync.delay = 15
rsync.delete = true
rsync.exitcodes = default.rsyncExitCodes

-- Arguments ----------------------------------------------------------------------------------------

local function is_text(value)
    return type(value) == "string" or type(value) == "number"
end

-- Any value but false and nil switches a letter or a flag on, as in Lsyncd; "no" does, too.
local function setting(options, option)
    local value = options[option.name]
    if value == nil and option.archive and options.archive then
        return true
    end
    return value
end

-- Devices and specials together are the letter D, alone they are flags.
local function are_joined(options)
    local joined = 0
    for _, option in ipairs(OPTIONS) do
        if option.archive and option.flag and setting(options, option) then
            joined = joined + 1
        end
    end
    return joined == 2
end

local function letters_of(options)
    local letters = {}
    for _, option in ipairs(OPTIONS) do
        if option.letter and setting(options, option) then
            letters[#letters + 1] = option.letter
        end
    end
    if are_joined(options) then
        letters[#letters + 1] = "D"
    end
    return table.concat(letters)
end

-- Appends `_extra`, which may be nested, item by item to `arguments`.
local function append_extra(arguments, extra, level)
    for _, item in ipairs(extra) do
        if type(item) == "table" then
            append_extra(arguments, item, level + 1)
        elseif is_text(item) then
            arguments[#arguments + 1] = tostring(item)
        else
            default.raise("rsync._extra must hold strings and numbers only", level)
        end
    end
end

local function append_long(arguments, options, level)
    local joined = are_joined(options)
    for _, option in ipairs(OPTIONS) do
        local value = setting(options, option)
        if value and option.flag and not (joined and option.archive) then
            arguments[#arguments + 1] = option.flag
        elseif value and option.value then
            if not is_text(value) then
                default.raise("rsync." .. option.name .. " must be a string or a number", level)
            end
            arguments[#arguments + 1] = option.value .. value
        end
    end
end

-- The argument lists made here, to tell them from a user's.
local computed_here = setmetatable({}, { __mode = "k" })

local function compute(options, level)
    if type(options.binary) ~= "string" then
        default.raise("rsync.binary must be a string", level)
    end
    local letters = letters_of(options)
    local arguments = letters ~= "" and { "-" .. letters } or {}
    if type(options._extra) == "table" then
        append_extra(arguments, options._extra, level + 1)
    elseif options._extra then
        log("Warn", 'rsync._extra is no list and ignored; write _extra = { "--argument" }')
    end
    append_long(arguments, options, level + 1)
    computed_here[arguments] = true
    return arguments
end

-- Preparation --------------------------------------------------------------------------------------

-- The target as rsync takes it: text, safe (spec 6.1) and with a `/` behind a directory.
local function complete_target(config, level)
    local target = config.target
    if target == nil or target == "" then
        default.raise('default.rsync needs "target" configured', level)
    end
    if not is_text(target) then
        default.raise("target must be a string", level)
    end
    target = tostring(target)
    if config.source then
        local resolved, message =
            lsyncd.internal.check_target(config.source, target, config.allowDangerousTarget)
        target = resolved or default.raise(message, level)
    end
    return target:find("[/:]$") and target or target .. "/"
end

-- Takes away the list of an earlier preparation of the same table; a user's own is refused.
local function forget_computed(options, level)
    if options._computed and not computed_here[options._computed] then
        default.raise("please do not use the internal rsync._computed parameter", level)
    end
    options._computed = nil
end

local function check_batch_size_limit(limit, level)
    if limit and not tonumber(limit) then
        default.raise("batchSizeLimit must be a number of bytes", level)
    end
end

--- Checks and completes a sync's configuration; builds `rsync._computed`, the list of arguments.
-- `level` is the stack level of the user's `sync{}` as this function sees it. With `skip_target`
-- the target is somebody else's business (default.rsyncssh).
function rsync.prepare(config, level, skip_target)
    level = level or 2
    if type(config.rsync) == "table" then
        forget_computed(config.rsync, level + 1)
    end
    default.prepare(config, level + 1)
    if type(config.rsync) ~= "table" then
        default.raise('Parameter "rsync" must be a table.', level)
    end
    check_batch_size_limit(config.batchSizeLimit, level + 1)
    transfer.check(config, level + 1)
    parallel.check(config, level + 1)
    if not skip_target then
        config.target = complete_target(config, level + 1)
        lsyncd.internal.target.is_lost(config) -- from now on: after HUP there need not be a start-up
    end
    config.rsync._computed = compute(config.rsync, level + 1)
end

-- Rules for rsync ----------------------------------------------------------------------------------

-- rsync reads rules into buffers of MAXPATHLEN and drops longer ones.
local LONGEST_RULE = 4095

-- A rule that matches `path`, and with `suffix` what lies below. rsync takes a backslash as an escape
-- only in a rule that holds a wildcard (rsync(1), "PATTERN MATCHING RULES"), so a path without one
-- stands as it is. Where escaping makes a rule too long, `?` stands for the one byte.
local function rule_for(path, suffix)
    if suffix == "" and not path:find("[*?[]") then
        return path
    end
    local rule = path:gsub("[*?%[%]\\]", "\\%0") .. suffix
    return #rule <= LONGEST_RULE and rule or path:gsub("[*?%[%]\\]", "?") .. suffix
end

-- Lsyncd's way: a name with a bracket that closes, or with a backslash, is neither sent nor deleted.
local function rule_as_lsyncd(path, suffix) return path:gsub("[*?%[%]]", "\\%0") .. suffix end

-- Adds the rules for one path and its parents, each at most once. A parent that is known has its
-- own parents known. With a suffix the directory itself counts as the first parent.
local function add_rules(spell, rules, known, path, suffix)
    local rule = spell(path, suffix)
    while rule and not known[rule] do
        known[rule] = true
        rules[#rules + 1] = rule
        if suffix == "" then path = path:match("^(.*/)[^/]+/?$") end -- nil above the root
        suffix = ""
        rule = path and spell(path, "")
    end
end

-- What lies below a directory that was deleted or has moved goes with it.
local function suffix_for(path, etype)
    local whole = etype == "Delete" or etype == "Move"
    return whole and path:find("/$") and "***" or ""
end

--- The include rules for a list of events, in the order in which they are needed first (spec 4.1).
function default.rsyncRules(elist)
    local rules, known = {}, {}
    local spell = default.is_compatible(elist.config) and rule_as_lsyncd or rule_for
    elist.getPaths(function(etype, path, path2)
        add_rules(spell, rules, known, path, suffix_for(path, etype))
        if path2 then
            add_rules(spell, rules, known, path2, suffix_for(path2, etype))
        end
        return path, path2
    end)
    local is_compatible = spell == rule_as_lsyncd
    for _, path in ipairs(is_compatible and {} or lsyncd.internal.other_names(elist)) do
        add_rules(spell, rules, known, path, "")
    end
    return rules
end

-- An exclude that rsync would take for a comment or for "forget all rules above" is written out.
local function exclude_lines(excludes)
    local lines = {}
    for index, pattern in ipairs(excludes) do
        lines[index] = (pattern:find("^[#;]") or pattern == "!") and "- " .. pattern or pattern
    end
    return lines
end

-- What keeps a full run away from paths: arguments, standard input, and the log's word for it.
-- A pattern with a line feed needs rules that end with a NUL.
local function restrictions(inlet)
    local filtered = inlet.hasFilters()
    local is_plain = filtered or default.is_compatible(inlet.getConfig())
    local lines = filtered and inlet.getFilters() or inlet.getExcludes()
    lines = is_plain and lines or exclude_lines(lines)
    if not lines[1] then
        return {}, "", ""
    end
    local flag = filtered and "--filter=. -" or "--exclude-from=-"
    local shown = (filtered and " filtering\n" or " excluding\n") .. table.concat(lines, "\n")
    if table.concat(lines):find("\n", 1, true) then
        return { "--from0", flag }, table.concat(lines, "\0"), shown
    end
    return { flag }, table.concat(lines, "\n"), shown
end

-- Runs ---------------------------------------------------------------------------------------------

local DELETING = { "--delete", "--ignore-errors" }

local function deleting(config, phase)
    return (config.delete == true or config.delete == phase) and DELETING or {}
end

-- Where to: the target, or `host:targetdir` (default.rsyncssh), tunnel variables filled in.
local function destination(agent)
    local config = agent.config
    local target = config.target or config.host .. ":" .. config.targetdir
    if not config.tunnel then
        return target
    end
    local event = agent.isList and agent.getList()[1] or agent
    return substitudeCommands(target, event.inlet.getSubstitutionData(event, {}))
end

-- Spawns rsync. Where `maxDelete` is set and it may delete more, that is counted first (spec 6.3).
local function spawn_rsync(agent, may_exceed, ...)
    if agent.config.maxDelete then
        lsyncd.internal.spawn_limited(agent, may_exceed, ...)
    else
        spawn(agent, ...)
    end
end

-- Spawns a start-up in parts, if that is wanted and the tree can be split: the first run before all others.
local function spawn_parts(event, input, words_of)
    local runs = parallel.runs(event.config)
    for i, run in ipairs(runs or {}) do
        runs[i] = { event.config.rsync.binary, words_of(run.rules, run.way) }
    end
    if runs then
        log("Normal", "The start-up is split over ", #runs - 1, " processes of rsync.")
        lsyncd.internal.spawn_in_parts(event, input, runs)
    end
    return runs ~= nil
end

-- Spawns one run over the whole source, for an event or for a list of them.
local function whole_run(agent, inlet, config, deletes, more)
    local target = destination(agent)
    if not agent.isList then
        rawset(agent, "_reached", target)
    end
    local flags, input, shown = restrictions(inlet)
    log("Normal", "recursive full rsync: ", config.source, " -> ", target, shown)
    local function words_of(rules, way)
        return { rules, flags, deletes, more, config.rsync._computed, way, config.source, target }
    end
    if not agent.isList and agent.etype == "Init" and spawn_parts(agent, input, words_of) then
        return
    end
    local words, may_delete = words_of({}, "-r"), deletes[1] or config.rsync.delete_excluded
    if input == "" then
        spawn_rsync(agent, may_delete, config.rsync.binary, words)
    else
        spawn_rsync(agent, may_delete, config.rsync.binary, "<", input, words)
    end
end

--- Spawns one run over the whole source for an Init or a Full event.
function rsync.full(event)
    local config = event.config
    local more = config.rsync.delete_excluded and { "--delete-excluded" } or {}
    whole_run(event, event.inlet, config, deleting(config, "startup"), more)
end

rsync.init = rsync.full

-- The rules for what an earlier run, killed, has left of files that it had begun.
local function add_leftovers(rules, elist)
    local leftovers, known = lsyncd.internal.leftovers, {}
    for _, rule in ipairs(rules) do
        known[rule] = true
    end
    for _, path in ipairs(leftovers.take(elist)) do
        local directory, rule = leftovers.rule_for(path)
        if #rule <= LONGEST_RULE then
            rules[#rules + 1] = rule
            add_rules(rule_for, rules, known, directory, "")
        end
    end
end

-- Whether a run over these events may delete more than `maxDelete` says: a directory may hold anything.
local function may_exceed(elist, limit)
    local count = 0
    elist.getPaths(function(etype, path)
        if etype == "Delete" or etype == "Move" then
            count = count + (path:find("/$") and math.huge or 1)
        end
    end)
    return limit and count > limit
end

--- Spawns one run over a list of events by filter rules, unless it is empty. `more`: further arguments.
function default.rsyncBatch(elist, more)
    if elist.size() == 0 then
        return
    end
    local config = elist.config
    local rules = default.rsyncRules(elist)
    if not default.is_compatible(config) then
        add_leftovers(rules, elist)
    end
    log("Normal", "Calling rsync with filter-list of new/modified files/dirs\n", table.concat(rules, "\n"))
    local deletes = deleting(config, "running")
    spawn_rsync(
        elist, deletes[1] and may_exceed(elist, config.maxDelete), config.rsync.binary,
        "<", table.concat(rules, "\0"),
        config.rsync._computed,
        more or {},
        "-r",
        deletes,
        "--force", "--from0", "--include-from=-", "--exclude=*",
        config.source, destination(elist)
    )
end

-- The same by a list of paths where that does, so that rsync need not read whole directories. A list cannot
-- say what an earlier run has left.
local function run(elist)
    local leftovers = lsyncd.internal.leftovers
    local lines, of_missing
    if elist.size() > 0 and not leftovers.has(elist.config) then
        lines, of_missing = transfer.list(elist)
    end
    local more = fresh.arguments(elist)
    if not lines then
        return default.rsyncBatch(elist, more)
    end
    local config = elist.config
    leftovers.take(elist)
    log("Normal", "Calling rsync with list of new/modified files/dirs\n", table.concat(lines, "\n"))
    local deletes = deleting(config, "running")
    spawn_rsync(
        elist, deletes[1] and may_exceed(elist, config.maxDelete), config.rsync.binary,
        "<", table.concat(lines, "\0"),
        config.rsync._computed,
        more,
        of_missing,
        "--force", "--from0", "--files-from=-",
        config.source, destination(elist)
    )
end

-- Events that are no changes of paths: they are never part of a batch.
local WHOLE = { Blanket = true, Full = true, Init = true }

-- A test for `getEvents` that takes changes, up to the first event that `stop` names.
local function changes_before(stop)
    return function(event)
        if stop and stop(event) then
            return "break"
        end
        return not WHOLE[event.etype]
    end
end

-- Spawns one run over the whole source for all changes that are free to go, once the target is gone.
local function run_over_all(inlet, is_change)
    local elist = inlet.getEvents(is_change)
    if elist.size() == 0 then
        return
    end
    local config = elist.config
    log("Warn", "The target ", config.target, " is gone: what has changed waits, and rsync goes over all.")
    whole_run(elist, inlet, config, deleting(config, "running"), {})
end

-- A test for files above the limit, asking for each file once. A directory, a move, a deletion and
-- what is gone meanwhile cost little to transfer.
local function large_file_test(limit)
    local sizes = {}
    return function(event)
        if event.isdir or event.etype == "Delete" or event.etype == "Move" then
            return false
        end
        local path = event.sourcePath
        sizes[path] = sizes[path] or lsyncd.get_file_size(path) or 0
        return sizes[path] > limit
    end
end

local function has_free_slot(inlet)
    local running, limit = lsyncd.get_process_info()
    local own = inlet.getSync().processes:size()
    return own < inlet.getConfig().maxProcesses and not (limit and running >= limit)
end

-- A test for `getEvents` that takes the first large file only.
local function first_large(is_change, is_large)
    local found = false
    return function(event)
        local answer = found and "break" or is_change(event)
        if answer == true then
            found = is_large(event)
            return found
        end
        return answer
    end
end

-- One run for all that is small, then one for each large file, while processes may be started. The
-- loop is bounded, since a daemon on its way out spawns nothing and thus never runs out of slots.
local function run_by_size(inlet, limit, is_change)
    local is_large = large_file_test(limit)
    local function is_small(event)
        local answer = is_change(event)
        if answer == true then
            return not is_large(event)
        end
        return answer
    end
    run(inlet.getEvents(is_small))
    for _ = 1, inlet.getConfig().maxProcesses do
        if not has_free_slot(inlet) then
            return
        end
        run(inlet.getEvents(first_large(is_change, is_large)))
    end
end

local function has_lost_target(config)
    return not default.is_compatible(config) and lsyncd.internal.target.is_lost(config)
end

--- The action: spawns one run for all changes that are free to go, or one for each large file
-- besides when `batchSizeLimit` (bytes) is set. Only changes before the first event that `stop`
-- names are taken (default.rsyncssh).
function rsync.action(inlet, stop)
    local config = inlet.getConfig()
    local limit = tonumber(config.batchSizeLimit)
    local is_change = changes_before(stop)
    if config.maxDelete then
        is_change = lsyncd.internal.cleared_first(inlet, is_change)
    end
    if has_lost_target(config) then
        run_over_all(inlet, is_change)
    elseif limit then
        run_by_size(inlet, limit, is_change)
    else
        run(inlet.getEvents(is_change))
    end
end

-- Exit codes ---------------------------------------------------------------------------------------

--- Judges a finished process as `default.collect` does, but for lists of paths that rsync did not take.
function rsync.collect(agent, code, codes)
    if agent.isList then
        fresh.note(agent)
    end
    if agent.isList and transfer.is_refusal(agent, code) then
        log("Warn", "rsync does not take a list of paths: exitcode = ", code, "; it is tried with filter rules.")
        return "again"
    end
    return default.collect(agent, code, codes)
end

return rsync
