-- a config that is a program: loops, functions, bases of its own, keys of its own
local targets = { "web1", "web2" }

default.house = { default.rsync, delay = 10, rsync = { archive = true } }
default.checkgauge.contact = true

local function mirror(options)
    options.source = options.source or "/srv/www"
    return sync { options, delete = options.delete }
end

for _, host in ipairs(targets) do
    mirror { default.house, target = host .. ":/srv/www", contact = "webmaster", delete = host == "web1" }
end

local hook = {
    default.rsync,
    checkgauge = { default.rsync.checkgauge, hook = true, rsync = { colour = true } },
    hook = "reload",
    rsync = { colour = "red" },
}
sync { hook, source = "/srv/hook", target = "/mnt/hook" }

local open = { default.rsync, checkgauge = false, anything = 1, source = "/srv/open", target = "/mnt/open" }
sync(open)

local own = { source = "/srv/own", prepare = function(config) config.mine = config.mine or 5 end, mine = 3 }
own.action = function(inlet) inlet.discardEvent(inlet.getEvent()) end
sync(own)
