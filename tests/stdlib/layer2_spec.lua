-- The default action and start-up for a sync of functions (spec 2.7), and what every sync inherits (2.2).

local describe, it, expect, fakes = ...

local function sync_with(options, changes)
    local world = fakes.world()
    local config = { source = "/s/" }
    for key, value in pairs(options) do
        config[key] = value
    end
    return world, fakes.inlet(world, config, changes)
end

describe("the default action", function()
    it("calls the function for the event's type with the event", function()
        local seen
        local world, inlet = sync_with({ onCreate = function(event) seen = event.path end }, { { "Create", "/f" } })
        world.default.action(inlet)
        expect.equal(seen, "f")
    end)

    it("hands both events of a move on", function()
        local seen
        local world, inlet = sync_with({ onMove = function(_, event2) seen = event2 end }, { { "Move", "/f" } })
        inlet.second = "destination"
        world.default.action(inlet)
        expect.equal(seen, "destination")
    end)

    it("gives up an event for which nothing was spawned", function()
        local world, inlet = sync_with({ onCreate = function() end }, { { "Create", "/f" } })
        world.default.action(inlet)
        expect.equal(inlet.events[1].status, "discarded")
    end)

    it("leaves an event alone for which something was spawned", function()
        local world, inlet
        local function spawn(event) world.env.spawn(event, "/bin/true") end
        world, inlet = sync_with({ onCreate = spawn }, { { "Create", "/f" } })
        world.default.action(inlet)
        expect.equal(inlet.events[1].status, "active")
    end)

    for _, handler in ipairs { true, 5, false } do
        it("gives up an event whose handler is " .. tostring(handler), function()
            local world, inlet = sync_with({ onMove = handler }, { { "Move", "/f" } })
            world.default.action(inlet)
            expect.equal(inlet.events[1].status, "discarded")
        end)
    end

    it("does nothing when no event is ready", function()
        local world, inlet = sync_with({}, {})
        world.default.action(inlet)
        expect.equal(world.logged, {})
    end)
end)

describe("the default start-up", function()
    it("calls onStartup with the event", function()
        local seen
        local world, inlet = sync_with({ onStartup = function(event) seen = event.etype end }, { { "Init", "" } })
        world.default.init(inlet.events[1])
        expect.equal(seen, "Init")
    end)

    it("is done at once when nothing was spawned", function()
        local world, inlet = sync_with({ onStartup = function() end }, { { "Init", "" } })
        world.default.init(inlet.events[1])
        expect.equal(inlet.events[1].status, "discarded")
    end)

    it("is done at once without onStartup", function()
        local world, inlet = sync_with({}, { { "Init", "" } })
        world.default.init(inlet.events[1])
        expect.equal(inlet.events[1].status, "discarded")
        expect.equal(world.logged, { "Info: Startup of /s/ spawned nothing." })
    end)

    it("waits for what onStartup spawned", function()
        local world, inlet
        world, inlet = sync_with({ onStartup = function(event) world.env.spawn(event, "true") end }, { { "Init", "" } })
        world.default.init(inlet.events[1])
        expect.equal(inlet.events[1].status, "active")
    end)
end)

describe("the defaults", function()
    it("declare what every sync inherits, and hold all of it", function()
        local default = fakes.world().default
        local names = {}
        for name in pairs(default._merge) do
            names[#names + 1] = name
            expect.equal(default[name] ~= nil, true)
        end
        table.sort(names)
        expect.equal(
            names,
            { "action", "checkgauge", "collect", "delay", "init", "maxDelays", "maxProcesses", "prepare" }
        )
    end)

    it("let a sync hold a thousand delays and run one process, without delay", function()
        local default = fakes.world().default
        expect.equal({ default.maxDelays, default.maxProcesses, default.delay }, { 1000, 1, 0 })
    end)
end)
