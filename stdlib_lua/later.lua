-- Names of Lsyncd's API that this version does not support: each use is refused in so many words.

local import = ...
local fail = import "fail"

local later = {}

-- Raises "... is not supported yet" at the user's line.
function later.refuse(what) fail.raise(what .. " is not supported yet by this version of pylsyncd.") end

later.syncs = {}

-- Planned settings and keys of a sync that no version knows yet.
later.settings = {}
for name in ("settle"):gmatch "%a+" do
    later.settings[name] = ('setting "%s"'):format(name)
end
for name in ("settle maxDelete"):gmatch "%a+" do
    later.syncs[name] = ("%s in a sync"):format(name)
end

return later
