-- The annotations for the Lua language server name what there is (meta/pylsyncd.lua).

local describe, it, expect, fakes = ...

-- The names of a class's fields, sorted.
local function fields_of(class)
    local block = (fakes.annotations() .. "\n"):match("%-%-%-@class pylsyncd%." .. class .. "[ :\n](.-)\n[^-]")
    local names = {}
    for name in block:gmatch "%-%-%-@field ([%w_]+)" do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local function sorted_keys(values)
    local names = {}
    for name, value in pairs(values) do
        names[#names + 1] = value and name or nil
    end
    table.sort(names)
    return names
end

describe("the annotations", function()
    it("name each option of rsync{}", function()
        expect.equal(fields_of "RsyncOptions", sorted_keys(fakes.world().default.rsync.checkgauge.rsync))
    end)

    it("name each key of every sync", function()
        expect.equal(fields_of "SyncOptions", sorted_keys(fakes.world().default.checkgauge))
    end)

    it("name each key of default.rsync", function()
        local world = fakes.world()
        local own = {}
        for key, taken in pairs(world.default.rsync.checkgauge) do
            own[key] = taken and not world.default.checkgauge[key]
        end
        expect.equal(fields_of "RsyncSyncOptions", sorted_keys(own))
    end)

    it("name each key of default.rsyncssh and of default.direct", function()
        local world = fakes.world()
        for class, base in pairs { RsyncsshSyncOptions = "rsyncssh", DirectSyncOptions = "direct" } do
            local own = {}
            for key, taken in pairs(world.default[base].checkgauge) do
                own[key] = taken and not world.default.checkgauge[key]
            end
            expect.equal(fields_of(class), sorted_keys(own))
        end
    end)

    it("name each option of ssh{}", function()
        expect.equal(fields_of "SshOptions", sorted_keys(fakes.world().default.rsyncssh.checkgauge.ssh))
    end)

    it("name each thing in default", function()
        local text = fakes.annotations()
        local default = fakes.world().default
        default._merge = nil -- an instruction to the inheritance
        for _, name in ipairs(sorted_keys(default)) do
            local named = text:find("\nfunction default." .. name .. "(", 1, true)
                or text:find("\n---@field " .. name .. " ", 1, true)
            expect.equal({ name, named ~= nil }, { name, true })
        end
    end)
end)
