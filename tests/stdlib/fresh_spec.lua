-- Files that change twice within a second: when rsync is told not to go by size and time.

local describe, it, expect, fakes = ...

local SECOND = 1000000000

local function sync_with(options)
    local world = fakes.world()
    options.target = "/t/"
    local config = fakes.config(world, "rsync", options)
    world.default.rsync.prepare(config, 1)
    return world, config
end

local function file(second, size, nanoseconds)
    return { kind = "file", mtime = second * SECOND + (nanoseconds or 0), size = size }
end

-- Runs the action for a change of `/f` and ends its process; says whether rsync is told.
local function is_told(world, config, status, etype)
    world.files["/s/f"] = status
    world.default.rsync.action(fakes.inlet(world, config, { { etype or "Modify", "/f" } }))
    local spawned = world.spawned[#world.spawned]
    world.default.rsync.collect(spawned.agent, 0)
    return table.concat(spawned.args, " "):find("--ignore-times", 1, true) ~= nil
end

describe("a file that has changed again", function()
    for _, form in ipairs { "files", "filter" } do
        it("within the second, to the same size, goes whatever its time is, by " .. form, function()
            local world, config = sync_with { rsync = { transfer = form } }
            local now = os.time() + 1
            expect.equal(is_told(world, config, file(now, 3, 1)), false)
            expect.equal(is_told(world, config, file(now, 3, 2)), true)
            expect.equal(is_told(world, config, file(now, 3, 3)), true)
        end)
    end

    it("to another size, or in another second, is seen by rsync", function()
        local world, config = sync_with {}
        local now = os.time() + 1
        is_told(world, config, file(now, 3))
        expect.equal(is_told(world, config, file(now, 4)), false)
        expect.equal(is_told(world, config, file(now + 1, 4)), false)
    end)

    it("is not suspected where the run began in a later second than its change", function()
        local world, config = sync_with {}
        local past = os.time() - 5
        is_told(world, config, file(past, 3))
        expect.equal(is_told(world, config, file(past, 3), "Attrib"), false)
    end)

    it("is not suspected when it is gone, or is no file", function()
        local world, config = sync_with {}
        local now = os.time() + 1
        is_told(world, config, file(now, 3))
        expect.equal(is_told(world, config, nil), false)
        is_told(world, config, file(now, 3))
        expect.equal(is_told(world, config, { kind = "link", mtime = now * SECOND, size = 3 }), false)
    end)

    it("goes as in Lsyncd with compat, and with a collect of the user's", function()
        for _, options in ipairs { { compat = "2.3" }, { collect = function() return "ok" end } } do
            local world, config = sync_with(options)
            local now = os.time() + 1
            is_told(world, config, file(now, 3, 1))
            expect.equal(is_told(world, config, file(now, 3, 2)), false)
        end
    end)

    it("is forgotten when five thousand others and as many again have come since", function()
        local world, config = sync_with {}
        local now = os.time() + 1
        is_told(world, config, file(now, 3))
        local others = {}
        for number = 1, 10001 do
            others[number] = { "Modify", "/" .. number }
            world.files["/s/" .. number] = file(now, 3)
        end
        world.default.rsync.action(fakes.inlet(world, config, others))
        world.default.rsync.collect(world.spawned[#world.spawned].agent, 0)
        expect.equal(is_told(world, config, file(now, 3)), false)
    end)
end)
