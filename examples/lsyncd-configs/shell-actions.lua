-- Command lines as actions: a mirror to another local directory by cp, mv and rm (layer 3).
--
-- For:   those who know the shell and want to see, or change, each single command.
-- Needs: GNU coreutils.
-- Run:   SYNC_SOURCE=/srv/data SYNC_TARGET=/mnt/copy pylsyncd -nodaemon shell-actions.lua
--
-- Write no quotes around the variables: each is passed to the shell as a parameter of its own and
-- stays one word, so no name of a file can break a command. What was deleted while the daemon did not
-- run stays on the target; take default.direct if that matters.

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/copy",
    delay = 1,

    onStartup = "mkdir -p -- ^target && cp -a -T -- ^source ^target",

    -- A link to a directory is no directory.
    onCreate = [[
        if [ -d ^sourcePathname ] && [ ! -L ^sourcePathname ]
        then mkdir -p -- ^targetPathname
        else cp -a -T -- ^sourcePathname ^targetPathname
        fi
    ]],
    onModify = "cp -a -T -- ^sourcePathname ^targetPathname",
    onAttrib = "chmod --reference=^sourcePathname -- ^targetPathname",
    onDelete = "rm -rf -- ^targetPathname",
    onMove = "mv -T -- ^o.targetPathname ^d.targetPathname",
}
