-- Copies of one's own into the source itself: each copy is a change that is copied.
local root = "/srv/www"
local copy = { onCreate = "cp ^sourcePathname ^targetPathname", onModify = "cp ^sourcePathname ^targetPathname" }

sync { copy, source = root, target = root .. "/.versions" } --> target-in-source
sync { copy, source = root, target = root .. "/../www/" } --> target-in-source

-- Excluded, and so no danger.
sync { copy, source = "/srv/ftp", target = "/srv/ftp/.versions", exclude = { "/.versions" } }

-- The config has said that it is meant.
sync { default.rsync, source = "/srv/mail", target = "/srv/mail/.mirror", allowDangerousTarget = true }
