-- A target that goes while the daemon runs, and what is done then (spec 6.1).

local describe, it, expect, fakes = ...

-- The module on a machine that holds `files`, and the same answer for each of these targets.
local function lost(files, target)
    local module = fakes.chunk("target", { file_status = function(path) return files[path] end })
    local config = { target = target }
    return function() return module.is_lost(config) end
end

describe("a target", function()
    it("that was there and has gone is lost, until it is back", function()
        local files = { ["/t/"] = "d" }
        local is_lost = lost(files, "/t/")
        local found = { is_lost() }
        files["/t/"] = nil
        found[2] = is_lost()
        files["/t/"] = "d"
        found[3] = is_lost()
        expect.equal(found, { false, true, false })
    end)

    it("that was never there is not lost", function()
        expect.equal(lost({}, "/t/")(), false)
    end)

    it("on another host is never lost", function()
        local files = { ["h:/t/"] = "d" }
        local is_lost = lost(files, "h:/t/")
        is_lost()
        files["h:/t/"] = nil
        expect.equal(is_lost(), false)
    end)
end)

-- Runs an action after the target has gone; gives words of the command and the world.
local function without_target(kind, changes, options)
    local world = fakes.world()
    local config = fakes.config(world, kind, options or { target = "/t" })
    world.default[kind].prepare(config, 1)
    world.default.collect(fakes.event(config, "Init", ""), 0)
    world.is_gone = true
    local inlet = fakes.inlet(world, config, changes)
    world.default[kind].action(inlet)
    return world, inlet, config
end

local CHANGES = { { "Delete", "/a" }, { "Create", "/b" } }

describe("without its target", function()
    for _, kind in ipairs { "rsync", "direct" } do
        it("default." .. kind .. " goes over the whole source for all changes", function()
            local world, inlet = without_target(kind, CHANGES)
            expect.equal(
                world.spawned[1].binary .. " " .. table.concat(world.spawned[1].args, " "),
                "rsync --delete --ignore-errors -lts -r /s/ /t/"
            )
            expect.equal({ #world.spawned, inlet.events[1].status, inlet.events[2].status }, { 1, "active", "active" })
        end)
    end

    it("default.direct does as Lsyncd where that is asked for", function()
        local world = without_target("direct", CHANGES, { target = "/t", compat = "2.3" })
        expect.equal(world.spawned[1].binary, "rm")
    end)

    it("a Delete of default.direct is not done, though rm says so", function()
        local world = without_target("direct", {})
        world.is_gone = false
        local late = fakes.inlet(world, fakes.config(world, "direct", { target = "/t" }), { { "Delete", "/a" } })
        world.default.direct.prepare(late.getConfig(), 1)
        world.default.direct.action(late)
        world.is_gone = true
        expect.equal(world.default.direct.collect(late.events[1], 0), "again")
    end)

    it("is known from when the config was loaded, as there need not be a start-up", function()
        local world = fakes.world()
        local config = fakes.config(world, "direct", { target = "/t" })
        world.default.direct.prepare(config, 1)
        world.is_gone = true
        world.default.direct.action(fakes.inlet(world, config, { { "Delete", "/a" } }))
        expect.equal(world.spawned[1].binary, "rsync")
    end)

    it("a run over no changes is not made", function()
        expect.equal(#without_target("rsync", { { "Full", "" } }).spawned, 0)
    end)
end)
