-- parts from elsewhere: what they define cannot be seen
dofile("/etc/lsyncd/common.lua")
local sites = require "sites"

sync { default.mirror, source = SOURCE, target = TARGET, webhook = HOOK }
sync { sites.base, source = "/srv/www", target = "/mnt/www", tags = { "a" } }
