-- Runs of rsync that may not delete more than `maxDelete` says (spec 6.3): what they would delete is
-- counted first, unless that was done a moment ago, or somebody has allowed it.

local import = ...
local command = import "command"
local log = import "log"
local spawn = import "spawn"

local deletions = {}

-- By `spawn.clearance`.
local DOUBTFUL, NONE, COUNTED, ALLOWED = 0, 1, 2, 3

-- Runs a command that tells each deletion in a line, and ends as that does, or with 25, rsync's own code
-- for too many. No name begins a line: rsync escapes line feeds.
local COUNT = [[limit=$1; shift; { "$@"; echo "exit $?"; } | awk -v limit="$limit" '
/^\*?deleting / { n++ } /^exit [0-9]+$/ { code = $2 } END { exit (n > limit) ? 25 : code }']]

-- The words behind the first, without what makes rsync quiet: that would hide the deletions.
local function audible(words)
    local result = {}
    for i = 2, #words do
        local word = words[i]
        if word:find "^%-%a+$" then word = word:gsub("q", "") end
        if word ~= "--quiet" and word ~= "-" then result[#result + 1] = word end
    end
    return result
end

local function count(agent, limit, words, input)
    log.log("Normal", ("Counting first what that would delete (maxDelete = %d)."):format(limit))
    local counted = { words[1], "--dry-run", "--info=none,del", audible(words) }
    spawn.count(agent, "sh", "<", input or "", "-c", COUNT, "sh", tostring(limit), counted)
end

-- Starts rsync for an event or a list, as `spawn` does; where it may delete more than is allowed without a
-- question, only what counts that. When that has ended well, the same events come again.
function deletions.spawn(agent, may_exceed, binary, ...)
    local clearance, limit = spawn.clearance(agent), agent.config.maxDelete
    if clearance == ALLOWED then
        spawn.spawn(agent, binary, ...)
        return
    end
    local words, input = command.of("spawn", binary, ...)
    if clearance == DOUBTFUL or clearance == NONE and may_exceed then
        count(agent, limit, words, input)
    else
        local rest = table.move(words, 2, #words, 1, {})
        spawn.spawn(agent, binary, "<", input or "", "--max-delete=" .. limit, rest)
    end
end

-- A test for `getEvents` that takes what `test` does, but first what is allowed, then what is counted, as
-- far as that does not wait for anything else.
function deletions.cleared_first(inlet, test)
    for _, wanted in ipairs { ALLOWED, COUNTED } do
        local function is_wanted(event)
            local answer = test(event)
            if answer == true then return spawn.clearance(event) == wanted end
            return answer
        end
        if inlet.getEvents(is_wanted).size() > 0 then return is_wanted end
    end
    return test
end

return deletions
