-- functions by name, one for each event
local function quoted(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function copy(event)
    if event.isdir then
        spawn(event, "mkdir", "-p", "--", event.targetPathname)
    else
        spawnShell(event, 'cp -p -- "$1" "$2"', event.sourcePathname, event.targetPathname)
    end
end

sync {
    source = "/srv/www",
    target = "/mnt/backup/www",
    onCreate = copy,
    onModify = copy,
    onDelete = function(event)
        log("Normal", "gone: " .. event.path)
        spawnShell(event, "rm -rf " .. quoted(event.targetPathname))
    end,
    onMove = function(origin, destination)
        spawn(origin, "sh", "-c", 'mv -- "$1" "$2"', "sh", origin.targetPathname, destination.targetPathname)
    end,
}
