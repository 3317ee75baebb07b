-- The backup lies in what is backed up, as only its computed path shows.
local root = "/srv/www"

sync { default.rsync, source = root, target = root .. "/backup" } --> dangerous-target
