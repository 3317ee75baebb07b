-- `startup = { parallel = N }`: how default.rsync and default.rsyncssh split a start-up over several
-- processes of rsync, each with a range of the names in the source. The chunk returns the table
-- `lsyncd.internal.parallel`.
--
-- A first run, short, makes the directories that several work in. Then nothing is done by two of them, and
-- nothing by none: what one rsync would bring, pass by or delete, exactly one of them does.

local parallel = {}

local look_at = lsyncd.internal.file_status
local ranges = lsyncd.internal.ranges

-- What a directory counts for that nobody has looked into; a file counts 1.
local OF_DIRECTORY = 20
-- So many directories are looked into; where there are more, they can be divided among the processes as wholes.
local MOST_LOOKED_INTO = 200
-- Permissions of the owner, which rsync gives itself for a while where they lack, and takes back: too early
-- for others that work in there.
local OWNER = 448

-- Preparation --------------------------------------------------------------------------------------

-- Arguments that go by all of the tree, or by what rsync has been told of it, and their letters.
local UNFIT = {}
for name in ([[
    delete-missing-args files-from hard-links iconv list-only max-delete only-write-batch protocol
    prune-empty-dirs read-batch relative write-batch
]]):gmatch "%S+" do
    UNFIT["--" .. name] = true
end
local UNFIT_LETTERS = "[HRm]"
local LETTERS = "^%-[^-efMBT@]+" -- behind those stands a value
local FORGET = "^%-[%a-]*=?!$" -- `--filter=!` drops all rules before it

local function is_unfit(word)
    local letters = word:match(LETTERS) or ""
    return UNFIT[word:match "^[^=]*"] or letters:find(UNFIT_LETTERS) or word == "!" or word:find(FORGET)
end

local function unfit_argument(extra)
    for _, item in ipairs(extra) do
        local found
        if type(item) == "table" then
            found = unfit_argument(item)
        else
            found = is_unfit(tostring(item)) and tostring(item)
        end
        if found then
            return found
        end
    end
    return nil
end

-- What does not go with several processes, and why; nil: nothing.
local function obstacle(config)
    local options = config.rsync
    if config.maxDelete then
        return "maxDelete", "each process would have a limit of its own"
    elseif options.hard_links then
        return "rsync.hard_links", "links from one part to another would become files"
    elseif options.prune_empty_dirs then
        return "rsync.prune_empty_dirs", "a directory may be empty in one part only"
    end
    local word = type(options._extra) == "table" and unfit_argument(options._extra)
    if word then
        return ('"%s" in rsync._extra'):format(word), "it is about the whole tree"
    end
    return nil
end

--- Checks `startup`; `level` is the stack level of the user's `sync{}`.
function parallel.check(config, level)
    local startup = config.startup
    if startup == nil then
        return
    end
    if type(startup) ~= "table" then
        default.raise("startup must be a table, such as { parallel = 4 }", level)
    end
    local count = startup.parallel
    if count ~= nil and not (math.type(count) and count >= 1 and math.tointeger(count)) then
        default.raise("startup.parallel must be a whole number, 1 or more, of processes", level)
    end
    local what, why = nil, nil
    if count and count > 1 then
        what, why = obstacle(config)
    end
    if what then
        default.raise(("startup.parallel does not go with %s: %s; leave one out"):format(what, why), level)
    end
end

-- The tree -----------------------------------------------------------------------------------------

-- What a directory holds, by name: whether it is a directory; nil where it is not to be shared, or not there.
local function entries_of(path)
    local status = look_at(path)
    if not status or status.kind ~= "directory" or status.mode & OWNER ~= OWNER then
        return nil
    end
    return lsyncd.readdir(path)
end

-- Entries by their keys, the keys of those that are files, and how many are directories.
local function sorted(entries)
    local list, files, directories = {}, {}, 0
    for name, is_directory in pairs(entries) do
        local key = ranges.key(name)
        list[#list + 1] = { key = key, name = name, is_directory = is_directory }
        directories = directories + (is_directory and 1 or 0)
        files[key] = not is_directory or files[key]
    end
    table.sort(list, function(one, other)
        if one.key == other.key then
            return one.name < other.name
        end
        return one.key < other.key
    end)
    return list, files, directories
end

-- Calls `visit` with each entry in order, and the key at which a cut can be made before it, or nil.
local function each_place(list, files, visit)
    local before
    for _, entry in ipairs(list) do
        visit(entry, before and ranges.between(before.key, entry.key, files))
        before = entry
    end
end

local function weight_of(entry) return entry.is_directory and OF_DIRECTORY or 1 end

-- Adds the places for cuts in a directory that is looked into; what it weighs.
local function add_inside(places, weight, source, entry, can_be_shared)
    local entries = entries_of(source .. entry.name)
    if not entries then
        return weight + OF_DIRECTORY
    end
    local list, files = sorted(entries)
    each_place(list, files, function(inner, key)
        if key and can_be_shared then
            places[#places + 1] = { weight = weight, from = entry.key, name = entry.name, inside = key }
        end
        weight = weight + weight_of(inner)
    end)
    return weight
end

-- All places where the tree may be cut, with what comes before each, and what all weighs.
local function places_in(source)
    local entries = entries_of(source)
    local places, weight = {}, 0
    if not entries then
        return places, weight
    end
    local list, files, directories = sorted(entries)
    local looks = directories <= MOST_LOOKED_INTO
    each_place(list, files, function(entry, key)
        if key then
            places[#places + 1] = { weight = weight, from = key }
        end
        if entry.is_directory and looks then
            local can_be_shared = ranges.may_share(entry.name, entries, files)
            weight = add_inside(places, weight, source, entry, can_be_shared) + 1
        else
            weight = weight + weight_of(entry)
        end
    end)
    return places, weight
end

local function nearest(places, weight)
    local best
    for _, place in ipairs(places) do
        if not best or math.abs(place.weight - weight) < math.abs(best.weight - weight) then
            best = place
        end
    end
    return best
end

--- Where to cut a source for so many processes, in order; there may be fewer cuts than wanted, or none.
function parallel.cuts(source, count)
    local places, weight = places_in(source)
    local cuts = {}
    for part = 1, count - 1 do
        local cut = nearest(places, weight * part / count)
        local last = cuts[#cuts]
        if cut and (not last or ranges.precedes(last, cut)) then
            cuts[#cuts + 1] = cut
        end
    end
    return cuts
end

-- Parts --------------------------------------------------------------------------------------------

-- Neither is it sent nor does it go at the target, whatever `--delete-excluded` says: both sides are named.
local function arguments(patterns)
    local words = {}
    for i, pattern in ipairs(patterns) do
        words[i] = "--filter=-sr " .. pattern
    end
    return words
end

local function shared_names(cuts)
    local names, known = {}, {}
    for _, cut in ipairs(cuts) do
        if cut.inside and not known[cut.name] then
            known[cut.name], names[#names + 1] = true, cut.name
        end
    end
    return names
end

--- The runs for the start-up of a sync: first the one that goes before the others. `rules` have to stand
-- before all other rules, `way` behind all other options. nil: it is one run.
function parallel.runs(config)
    local count = config.startup and config.startup.parallel or 1
    local cuts = count > 1 and parallel.cuts(config.source, count) or {}
    if not cuts[1] then
        return nil
    end
    local runs = { { rules = arguments(ranges.all_but(shared_names(cuts))), way = { "--no-r", "-d" } } }
    for part = 1, #cuts + 1 do
        runs[#runs + 1] = { rules = arguments(ranges.outside(cuts[part - 1], cuts[part])), way = "-r" }
    end
    return runs
end

return parallel
