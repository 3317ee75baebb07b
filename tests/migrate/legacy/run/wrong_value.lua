-- The delay comes from the environment, as text.
local delay = os.getenv "LSYNCD_DELAY_THAT_NOBODY_SETS" or "a while"

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www", delay = delay } --> wrong-value
