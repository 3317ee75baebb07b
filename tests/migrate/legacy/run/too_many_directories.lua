-- A mail spool with more directories than the kernel allows watches.
sync { default.rsync, source = "/srv/huge", target = "backup.example.com::huge" } --> too-many-directories
