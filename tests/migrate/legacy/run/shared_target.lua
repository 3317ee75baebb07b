-- Two sources for one directory: each start-up removes what the other has brought.
local backup = "/backup/all"

sync { default.rsync, source = "/srv/www", target = backup }
sync { default.rsync, source = "/srv/ftp", target = backup .. "/" } --> shared-target

-- A target inside the target of another sync, which does not know of it.
sync { default.rsync, source = "/srv/mail", target = "/backup/mail" }
sync { default.rsync, source = "/srv/lists", target = "/backup/mail/lists" } --> shared-target

-- The same, but known.
sync { default.rsync, source = "/srv/home", target = "/backup/home", exclude = { "/shared" } }
sync { default.rsync, source = "/srv/shared", target = "/backup/home/shared" }

-- Nobody deletes.
sync { default.rsync, source = "/srv/in1", target = "/backup/in", delete = false }
sync { default.rsync, source = "/srv/in2", target = "/backup/in", delete = false }
