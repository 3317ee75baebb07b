-- The Lua state of a test file: the library as configs have it, and what tests need besides.

local import = ...
local any = import "testing/any"
local budget = import "testing/budget"
local callback = import "callback"
local expect = import "testing/expect"
local fail = import "fail"
local fake = import "testing/fake"
local globals = import "globals"
local load_config = import "load"
local suite = import "testing/suite"
local world = import "testing/world"

local state = {}

-- All global names that tests have beyond those of configs.
local function define()
    for _, module in ipairs { suite, world, fake } do
        for name, value in pairs(module.globals) do
            rawset(_G, name, value)
        end
    end
    rawset(_G, "expect", expect.new)
    rawset(_G, "any", any.all)
end

-- `values` holds the primitives and how many instructions a test may take.
function state.install(values)
    local primitives = {}
    for name, value in pairs(values) do
        if name ~= "instructions" then primitives[name] = value end
    end
    local host = import "host"(primitives, fail)
    expect.install(host.diff)
    world.install(host)
    fake.install(host)
    budget.install(values)
    define()
    load_config.list_tests, load_config.run_test = suite.list, suite.run
    load_config.lock = globals.lock
    callback.start()
end

return state
