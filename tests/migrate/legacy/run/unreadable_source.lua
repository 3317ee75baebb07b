-- A directory of another user.
sync { default.rsync, source = "/srv/locked", target = "backup.example.com::locked" } --> unreadable-source
