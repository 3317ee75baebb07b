-- How default.rsync and default.rsyncssh tell rsync which paths a batch is about: as a list of paths
-- (`--files-from`), or as the filter rules that Lsyncd gives, for which rsync reads whole directories.
-- The chunk returns the table `lsyncd.internal.transfer`.
--
-- A list names paths and nothing else. So what means all below a path goes by rules, and so does what a
-- list has failed with: whatever it was that a list cannot say, Lsyncd's form gets its try.

local transfer = {}

-- The release in which the options below are known to work together (spec 6.3).
local OLDEST = { 3, 2, 3 }
local OLDEST_NAME = table.concat(OLDEST, ".")

local FORMS = { files = true, filter = true }

-- What a list asks for: that what is gone goes at the target, or that it is passed over.
local DELETING, PLAIN = "--delete-missing-args", "--ignore-missing-args"

-- Options that leave out some of what they meet. rsync does not ask them about paths that it is given.
local CHOOSING = {
    "copy_dirlinks", "copy_links", "copy_unsafe_links", "cvs_exclude", "one_file_system", "prune_empty_dirs",
}

-- Arguments in `_extra` that mean the same for either form; any other has rules used.
local HARMLESS = {}
for name in ([[
    acls address append append-verify archive blocking-io bwlimit checksum checksum-choice chmod chown
    compress compress-choice compress-level contimeout debug delay-updates devices executability
    fake-super fsync group groupmap hard-links human-readable ignore-times info inplace ipv4 ipv6 links
    log-file log-file-format modify-window munge-links no-compress no-devices no-group no-inc-recursive
    no-inplace no-links no-motd no-o no-g no-p no-t no-D no-owner no-perms no-specials no-times
    no-whole-file numeric-ids omit-dir-times omit-link-times out-format outbuf owner partial partial-dir
    password-file perms port preallocate progress protect-args quiet rsh rsync-path secluded-args
    size-only skip-compress sockopts sparse specials stats temp-dir timeout times update usermap verbose
    whole-file xattrs
]]):gmatch "%S+" do
    HARMLESS["--" .. name] = true
end
local HARMLESS_LETTERS = "^%-[AEHIJOPSWXaceghlnopqstuvyz46D]+$"

-- rsync's codes for words that it or its other half does not know, or lists that it refuses (rsync(1)).
local REFUSALS = { [1] = true, [2] = true, [4] = true }
-- That of an other half that has left without a word, as old ones do; and that of any broken connection.
local BROKEN_STREAM = 12
-- A refusal may be due to a moment, such as a link where a directory was, so one alone proves nothing.
local ENOUGH_REFUSALS = 2

-- What is known of each sync's lists, by its config.
local known = setmetatable({}, { __mode = "k" })

-- What may be had -----------------------------------------------------------------------------------

local versions = {}

-- The version of a program as numbers, asked for once. Only what bears the name of rsync is asked: what
-- a script of the user does when it is called is not known.
local function version_of(binary)
    if not binary:find "^rsync$" and not binary:find "/rsync$" then
        return nil
    end
    if versions[binary] == nil then
        local said = lsyncd.internal.version_of(binary) or ""
        local numbers = { said:match "^rsync%s+version%s+v?(%d+)%.(%d+)%.(%d+)" }
        for place = 1, #numbers do
            numbers[place] = tonumber(numbers[place])
        end
        versions[binary] = numbers[1] and numbers or false
    end
    return versions[binary] or nil
end

local function is_new_enough(version)
    for place, least in ipairs(OLDEST) do
        if version[place] ~= least then
            return version[place] > least
        end
    end
    return true
end

local function is_harmless(item)
    if type(item) == "table" then
        for _, inner in ipairs(item) do
            if not is_harmless(inner) then
                return false
            end
        end
        return true
    end
    local word = tostring(item)
    return HARMLESS[word:match "^[^=]*"] or word:find(HARMLESS_LETTERS) ~= nil
end

local function is_plain(options)
    for _, name in ipairs(CHOOSING) do
        if options[name] then
            return false
        end
    end
    return type(options._extra) ~= "table" or is_harmless(options._extra)
end

--- Whether the ends of rsync are judged by ours: a `collect` of the user's does not tell us of them.
function transfer.is_judged_here(config)
    return config.collect == default.rsync.collect or config.collect == default.rsyncssh.collect
end

local function wants_lists(config)
    local options = config.rsync
    if default.is_compatible(config) or options.transfer == "filter" then
        return false
    end
    if options.transfer == "files" then
        return true
    end
    if not transfer.is_judged_here(config) or not is_plain(options) then
        return false
    end
    local version = version_of(options.binary)
    return version ~= nil and is_new_enough(version)
end

local function knowledge(config)
    local own = known[config]
    if not own then
        own = {
            uses_lists = wants_lists(config),
            failed = setmetatable({}, { __mode = "k" }), -- events that a list did not bring
            refusals = { [DELETING] = 0, [PLAIN] = 0 },
            is_proven = {},
        }
        known[config] = own
    end
    return own
end

--- Checks `rsync.transfer`; `level` is the stack level of the user's `sync{}`.
function transfer.check(config, level)
    local form = config.rsync.transfer
    if form == nil then
        return
    end
    if not FORMS[form] then
        default.raise('rsync.transfer must be "files" or "filter"', level)
    end
    local version = form == "files" and not default.is_compatible(config) and version_of(config.rsync.binary)
    if version and not is_new_enough(version) then
        default.raise(
            ('rsync.transfer = "files" needs rsync %s or later, but %s is %s; leave it out, or write "filter"')
                :format(OLDEST_NAME, config.rsync.binary, table.concat(version, ".")),
            level
        )
    end
end

-- What suits a batch --------------------------------------------------------------------------------

-- A directory that was deleted or moved may be there again, and then without what it held. The root has
-- no name to be listed by.
local function means_all_below(etype, path, path2)
    return path2 ~= nil or etype == "Move" or etype == "Delete" and path:find "/$" ~= nil or path == "/"
end

local function has_failed(own, elist)
    if next(own.failed) == nil then
        return false
    end
    for _, event in ipairs(elist.getList()) do
        if own.failed[event] then
            return true
        end
    end
    return false
end

-- DELETING or PLAIN; nil where rules are to be used.
local function kind_of(own, elist)
    local has_deletes, fits = false, true
    elist.getPaths(function(etype, path, path2)
        has_deletes = has_deletes or etype == "Delete"
        fits = fits and not means_all_below(etype, path, path2)
        return path
    end)
    if not fits or has_failed(own, elist) then
        return nil
    end
    local delete = elist.config.delete
    return has_deletes and (delete == true or delete == "running") and DELETING or PLAIN
end

-- Without the slash of directories, behind which rsync would look into them, and into links to them. The
-- slash in front keeps a name from being taken for a comment.
local function lines_of(elist)
    local lines, listed = {}, {}
    local function add(path)
        path = path:gsub("/$", "")
        if not listed[path] then
            listed[path] = true
            lines[#lines + 1] = path
        end
    end
    elist.getPaths(function(_, path) add(path) end)
    for _, path in ipairs(lsyncd.internal.other_names(elist)) do
        add(path)
    end
    return lines
end

local function is_refused(own, kind)
    return own.refusals[kind] >= ENOUGH_REFUSALS or own.refusals[PLAIN] >= ENOUGH_REFUSALS
end

--- The paths to be listed for a list of events and what is to be said to rsync of those that are gone;
-- nil if rules are to be used.
function transfer.list(elist)
    local own = knowledge(elist.config)
    local kind = own.uses_lists and kind_of(own, elist)
    if not kind or is_refused(own, kind) then
        return nil
    end
    return lines_of(elist), kind
end

-- What became of it ---------------------------------------------------------------------------------

local SUBJECTS = { [DELETING] = "deletions", [PLAIN] = "all changes" }

local function note_refusal(own, kind)
    own.refusals[kind] = own.refusals[kind] + 1
    if is_refused(own, kind) then
        log(
            "Warn", "From now on rsync gets filter rules for ", SUBJECTS[kind], " instead of lists of paths: ",
            "it, or rsync at the target, may be too old."
        )
    end
end

local function has_nothing_to_learn(own)
    return own.is_proven[DELETING] and own.refusals[DELETING] + own.refusals[PLAIN] == 0
end

-- A list with deletions that is taken shows that any other would be.
local function note_success(own, elist)
    local kind = not has_nothing_to_learn(own) and kind_of(own, elist)
    if not kind or is_refused(own, kind) then
        return
    end
    own.is_proven[kind], own.refusals[kind] = true, 0
    own.is_proven[PLAIN], own.refusals[PLAIN] = true, 0
end

-- What a list has failed with is marked, so that it goes by rules the next time.
local function note_failure(own, elist, code)
    local kind = kind_of(own, elist)
    for _, event in ipairs(elist.getList()) do
        own.failed[event] = true
    end
    if not kind or is_refused(own, kind) then
        return false -- it went by rules
    end
    if REFUSALS[code] or code == BROKEN_STREAM and not own.is_proven[kind] then
        note_refusal(own, kind)
    end
    return REFUSALS[code] or false
end

--- Takes note of how the run for a list of events has ended. Says whether the exit code is due to the
-- form only, so that it means "again" whatever it means otherwise.
function transfer.is_refusal(elist, code)
    local own = knowledge(elist.config)
    if not own.uses_lists then
        return false
    end
    if code == 0 or code == 24 then
        note_success(own, elist)
        return false
    end
    return note_failure(own, elist, code)
end

return transfer
