-- default.prepare and its gauge walk (spec 2.2).

local describe, it, expect, fakes = ...

local function prepare(options, gauge)
    local world = fakes.world()
    options.checkgauge = gauge
    return function() world.default.prepare(options, 2) end
end

local NESTED = {
    checkgauge = true,
    exclude = true,
    onMove = false,
    rsync = { binary = true, compress = true },
    source = true,
}

local TAIL = "if this is not a typo add it to checkgauge )"

local MESSAGES = {
    { { foo = 1 }, 'Parameter "foo" unknown. ( ' .. TAIL },
    { { rsync = { compres = 1 } }, 'Parameter "rsync.compres" unknown. ( did you mean rsync.compress? ' .. TAIL },
    { { sourec = 1 }, 'Parameter "sourec" unknown. ( did you mean source? ' .. TAIL },
    { { compress = 1 }, 'Parameter "compress" unknown. ( did you mean rsync.compress? ' .. TAIL },
    { { rsync = true }, 'Parameter "rsync" must be a table.' },
    { { rsync = "x" }, 'Parameter "rsync" must be a table.' },
    { { rsync = { true } }, 'Parameter "rsync.1" unknown. ( ' .. TAIL },
    {
        { rsync = { "compress" } },
        'Parameter "rsync.1" unknown. ( did you mean rsync.compress = true? ' .. TAIL,
    },
    {
        { rsync = { exclude = "a" } },
        'Parameter "rsync.exclude" unknown. ( exclude belongs one level up, beside rsync = { ... }. ' .. TAIL,
    },
    { { onMove = true }, 'Parameter "onMove" unknown. ( a sync of this kind does not take it. ' .. TAIL },
    { { zzz = 1, foo = 1 }, 'Parameter "foo" unknown. ( ' .. TAIL },
}

describe("the gauge", function()
    for _, case in ipairs(MESSAGES) do
        it("says: " .. case[2], function()
            local fine, raised = pcall(prepare(case[1], NESTED))
            expect.equal(fine, false)
            expect.equal(raised:match "Parameter .*$", case[2])
        end)
    end

    it("takes every key of every sync", function()
        local world = fakes.world()
        local config = { checkgauge = world.default.checkgauge }
        local keys = [[
            action allowDangerousTarget collapse collect crontab delay exclude excludeFrom exitcodes filter
            filterFrom full init maxDelays maxProcesses monitor name onAttrib onCreate onDelete onFull
            onModify onMove onStartup prepare retries retryMax source subdirs target tunnel
        ]]
        for key in keys:gmatch "%a+" do
            config[key] = "given"
        end
        world.default.prepare(config, 1)
    end)

    it("is extended by a user's table", function()
        prepare({ foo = 1 }, { foo = true, checkgauge = true })()
    end)

    it("checks nothing when it is switched off", function()
        prepare({ foo = 1 }, false)()
    end)

    it("does not mind the instructions of the inheritance", function()
        prepare({ _merge = false, _verbatim = true }, { checkgauge = true })()
    end)

    it("does not look into a table that it holds as a plain name", function()
        prepare({ exitcodes = { foo = 1 } }, { exitcodes = true, checkgauge = true })()
    end)
end)

-- The library's own frames between sync{} and the check, as the host puts them there.
local function sync_in(world)
    local chunk = load(
        [[return function(config)
    config.prepare(config, 3)
    return true
end]],
        "@<pylsyncd>/sync.lua",
        "t",
        world.env
    )
    return chunk()
end

local function error_of_config(text)
    local world = fakes.world()
    world.env.sync = sync_in(world)
    local fine, raised = pcall(load(text, "@conf.lua", "t", world.env))
    expect.equal(fine, false)
    return raised:match "^[^ ]+"
end

describe("an error in a configuration", function()
    it("points at the line of sync{}", function()
        expect.equal(
            error_of_config [[

            sync{ foo = 1, checkgauge = {}, prepare = default.prepare }
            ]],
            "conf.lua:2:"
        )
    end)

    it("points at the line of sync{} through a user's own prepare", function()
        expect.equal(
            error_of_config [[
            local function mine(config, level)
                default.prepare(config, level + 1)
                config.more = true
            end
            sync{ foo = 1, checkgauge = {}, prepare = mine }
            ]],
            "conf.lua:5:"
        )
    end)

    it("points at the line of sync{} when the user's prepare hands its own level on", function()
        expect.equal(
            error_of_config [[
            local function mine(config, level)
                default.prepare(config, level)
                config.more = true
            end
            sync{ foo = 1, checkgauge = {}, prepare = mine }
            ]],
            "conf.lua:5:"
        )
    end)

    it("points at the line of sync{} when the sync's target is missing", function()
        expect.equal(
            error_of_config [[
            sync{ source = "/s", checkgauge = false, prepare = default.rsync.prepare, rsync = default.rsync.rsync }
            ]],
            "conf.lua:1:"
        )
    end)

    it("stands alone where no user's line is on the stack", function()
        local world = fakes.world()
        local caller = load("local f, c = ... f(c, 2) return 1", "@<pylsyncd>/command.lua")
        local thread = coroutine.create(caller)
        local _, raised = coroutine.resume(thread, world.default.prepare, { foo = 1, checkgauge = {} })
        expect.equal(raised, 'Parameter "checkgauge" unknown. ( ' .. TAIL)
    end)
end)
