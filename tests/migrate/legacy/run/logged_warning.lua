-- The config warns of itself.
if not os.getenv "LSYNCD_TARGET_THAT_NOBODY_SETS" then
    log("Warn", "no target in the environment, ", "web2 is taken") --> logged-warning
end

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
