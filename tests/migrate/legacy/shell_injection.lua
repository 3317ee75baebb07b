-- thumbnails
local function thumbnail(event)
    local path = event.sourcePathname
    spawnShell(event, "convert " .. path .. " -resize 100x100 /srv/thumbs/x.png") --> shell-injection
end

sync {
    source = "/srv/photos",
    target = "/srv/thumbs",
    onCreate = thumbnail,
    onModify = thumbnail,
    onDelete = function(event)
        spawn(event, "/bin/sh", "-c", ("rm -f '%s'"):format(event.targetPathname)) --> shell-injection
    end,
    onMove = function(o, d)
        os.execute("logger moved " .. o.path .. " to " .. d.path) --> shell-injection
        spawn(o, "ssh", "web1", "mv " .. o.path .. " " .. d.path) --> shell-injection
    end,
    onAttrib = function(event)
        spawnShell(event, 'chmod a+r "$1"', event.targetPathname)
    end,
}
