-- Delete guard: a mirror that refuses to delete more than N entries in one go (layer 1).
--
-- For:   everyone whose source may be empty by mistake: a disk that was not mounted, a wrong `rm -r`.
-- Needs: rsync 3.2.3 or later.
-- Run:   SYNC_MAX_DELETE=100 pylsyncd -nodaemon delete-guard.lua
--
-- Each run is rehearsed: rsync says what it would delete, and beyond the limit nothing runs at all and the
-- sync stops. To confirm, start it again with a higher limit. (rsync's own --max-delete is simpler, but it
-- deletes as many as it may before it gives up.)

local limit = tonumber(os.getenv "SYNC_MAX_DELETE" or 100)

local REFUSED = 99 -- none of rsync's own exit codes

-- $1: the limit, $2: exit code for more than that, then a command. Its standard input is read twice, so it
-- is kept in a file. rsync writes one line for each entry, whatever its name is.
local GUARD = [[
limit=$1 refused=$2
shift 2
scratch=$(mktemp -d) || exit 12
trap 'rm -rf -- "$scratch"' EXIT
cat >"$scratch/input" || exit 12
"$@" --dry-run --out-format=%i <"$scratch/input" >"$scratch/plan" || {
    code=$?
    [ "$code" -eq 24 ] || exit "$code" # 24: something has vanished since
}
doomed=$(grep -c '^\*deleting' "$scratch/plan")
if [ "$doomed" -gt "$limit" ]; then
    echo "refused: $doomed entries would be deleted, $limit may be" >&2
    exit "$refused"
fi
"$@" <"$scratch/input"
]]

-- Filters and excludes as arguments: standard input is taken.
local function filters_of(inlet)
    local arguments = {}
    for i, rule in ipairs(inlet.getFilters()) do
        arguments[i] = "--filter=" .. rule
    end
    return arguments
end

-- The paths without those that lie below another one: a directory in the list stands for all that is in it.
local function outermost(paths)
    local is_listed, result = {}, {}
    for _, path in ipairs(paths) do
        is_listed[path] = true
    end
    for _, path in ipairs(paths) do
        local above = path:match "^(.*/)[^/]+/?$"
        while above and not is_listed[above] do
            above = above:match "^(.*/)[^/]+/$"
        end
        if not above then result[#result + 1] = path end
    end
    return result
end

-- default.rsync puts its arguments right behind the program, so a guard in front needs a run of its own.
-- What is in the list and not in the source is deleted.
local function guarded_rsync(agent, paths)
    local config = agent.config
    spawn(
        agent, "sh",
        "<", table.concat(paths, "\0") .. "\0",
        "-c", GUARD, "sh", limit, REFUSED,
        config.rsync.binary, config.rsync._computed, "-r",
        "--delete", "--force", "--delete-missing-args", "--from0", "--files-from=-",
        filters_of(agent.inlet),
        config.source, config.target
    )
end

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,

    init = function(event) guarded_rsync(event, { "/" }) end,

    -- All that waits; there is no Blanket and no Full here, for nobody asks for them.
    action = function(inlet)
        local list = inlet.getEvents()
        guarded_rsync(list, outermost(list.getPaths()))
    end,

    collect = function(agent, exitcode)
        if exitcode ~= REFUSED then return default.collect(agent, exitcode) end
        log("Error", "Too much would be deleted in ", agent.config.target, ": this sync stops.")
        return "die"
    end,
}
