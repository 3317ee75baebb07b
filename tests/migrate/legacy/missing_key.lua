local common = { default.rsync, delay = 5 }

sync { common, source = "/srv/www" } --> missing-key

if os.getenv "WITH_MAIL" then
    sync { default.rsyncssh, source = "/srv/mail", host = "backup.example.org" } --> missing-key
end

sync { default.rsync, target = "/mnt/backup" } --> missing-key
