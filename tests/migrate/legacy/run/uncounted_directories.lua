-- A tree that takes long to walk.
sync { default.rsync, source = "/srv/slow", target = "backup.example.com::slow" } --> uncounted-directories
