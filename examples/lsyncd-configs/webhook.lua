-- Webhook: after each batch of changes that has arrived, a server is told what changed (layer 1).
--
-- For:   starting a build, clearing a cache, telling a chat.
-- Needs: rsync, curl.
-- Run:   SYNC_WEBHOOK=https://ci.example.org/hooks/data pylsyncd -nodaemon webhook.lua
--
-- The body of the request is JSON: {"sync": "Sync1", "paths": ["/a", "/d/"]}; a directory has a slash at
-- its end. A request that fails is not repeated: the mirror goes on.
--
-- How: a batch that went well leaves a Blanket event behind, whose process is curl. It waits for all that
-- is before it and holds back all that is after it, so the server is asked between two batches.

local url = os.getenv "SYNC_WEBHOOK" or "https://ci.example.org/hooks/data"

-- Names of files need not be UTF-8, JSON has to be: then each byte counts as a character of Latin 1.
local function json_text(text)
    local escaped = utf8.len(text) and '[%c"\\]' or '[%c"\\\128-\255]'
    return '"' .. text:gsub(escaped, function(char) return ("\\u%04x"):format(char:byte()) end) .. '"'
end

local function body(name, paths)
    local texts = {}
    for i, path in ipairs(paths) do
        texts[i] = json_text(path)
    end
    return ('{"sync": %s, "paths": [%s]}'):format(json_text(name), table.concat(texts, ", "))
end

local arrived = {} -- paths that the server has not been told of

local function remember(paths)
    table.move(paths, 1, #paths, #arrived + 1, arrived)
end

-- Two batches may end before it is the first one's turn; then there is nothing left for the second.
local function notify(event)
    if #arrived == 0 then
        event.inlet.discardEvent(event)
        return
    end
    local text = body(event.config.name, arrived)
    arrived = {}
    spawn(
        event, "curl",
        "<", text,
        "--silent", "--show-error", "--fail", "--max-time", "30",
        "--header", "Content-Type: application/json",
        "--data-binary", "@-",
        "--", url
    )
end

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,

    action = function(inlet)
        local event = inlet.getEvent()
        if event and event.etype == "Blanket" then
            notify(event)
        else
            default.rsync.action(inlet)
        end
    end,

    collect = function(agent, exitcode)
        if not agent.isList and agent.etype == "Blanket" then
            if exitcode ~= 0 then log("Warn", "The webhook ", url, " failed: curl ended with ", exitcode) end
            return "ok"
        end
        local verdict = default.collect(agent, exitcode)
        if verdict == "ok" and agent.isList then
            remember(agent.getPaths())
            agent.inlet.createBlanketEvent()
        end
        return verdict
    end,
}
