-- Functions for events.
local convert = {
    maxProcesses = 2,

    onCreate = function(event)
        if event.isdir then return end
        spawn(event, "convert", event.sourcePath, event.targetPathdir .. event.basename .. ".png")
    end,

    onDelete = function(event)
        spawn(event, "rm", "-f", "--", event.targetPath .. ".png")
    end,
}

sync { convert, source = "/srv/pictures", target = "/srv/thumbnails/", subdirs = false }
