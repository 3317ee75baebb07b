-- describe, it and what belongs to them: a test file registers its tests, the runner calls one by one.

local import = ...
local expect = import "testing/expect"
local fail = import "fail"

local suite = {}

local tests = {}
local group = { title = "", before = {}, after = {} } -- the one that is being described
local running -- the test that runs
local is_open = true -- while the file is loaded

local function check(title, body, name)
    if type(title) ~= "string" then fail.raise(name .. " takes a title first, not a " .. type(title)) end
    if type(body) ~= "function" then fail.raise(name .. " takes a function second, not a " .. type(body)) end
end

local function check_open(name)
    if not is_open then fail.raise(name .. " cannot stand in a test: it stands in the file or in a describe") end
end

local function describe(title, body)
    check_open "describe"
    check(title, body, "describe")
    local outer = group
    group = { title = outer.title .. title .. " ", outer = outer, before = {}, after = {} }
    body()
    group = outer
end

local function add(title, line, body)
    tests[#tests + 1] = { title = group.title .. title, line = line, body = body, group = group }
end

local function it(title, body)
    check_open "it"
    check(title, body, "it")
    add(title, debug.getinfo(body, "S").linedefined, body)
end

-- In place of `it`: a test that is still to be written, or to be mended. In a test: leaves it there.
local function pending(title)
    if title ~= nil and type(title) ~= "string" then fail.raise("pending takes a text, not a " .. type(title)) end
    if running then
        running.reason = title or ""
        error("the test is pending", 0)
    end
    local position = fail.position()
    add(title or "", math.tointeger(position:match ":(%d+)$"), nil)
end

local function before_each(body)
    check_open "before_each"
    check("", body, "before_each")
    table.insert(group.before, body)
end

local function after_each(body)
    check_open "after_each"
    check("", body, "after_each")
    table.insert(group.after, body)
end

suite.globals = {
    describe = describe, it = it, pending = pending, before_each = before_each, after_each = after_each,
}

-- The file has been loaded: number and line of each test, then its title.
function suite.list()
    is_open = false
    local rows = {}
    for i, test in ipairs(tests) do
        rows[i] = { title = test.title, line = test.line }
    end
    return rows
end

local function run_before(one)
    if one.outer then run_before(one.outer) end
    for _, body in ipairs(one.before) do
        body()
    end
end

-- Whatever has happened, all of them run; returns the first problem.
local function run_after(one, problem)
    while one do
        for _, body in ipairs(one.after) do
            local found = table.pack(fail.call(body))
            if not found[1] then problem = problem or found end
        end
        one = one.outer
    end
    return problem
end

local function body_of(test)
    return function()
        run_before(test.group)
        select(1, test.body)() -- without a name, so that tracebacks show its line
        expect.finish()
    end
end

-- Runs a test: "passed", "pending" with a reason, or "failed" with a text and a traceback.
function suite.run(number)
    local test = tests[number]
    if not test.body then return "pending", "" end
    running = test
    expect.begin()
    local found = table.pack(fail.call(body_of(test)))
    local problem = run_after(test.group, not found[1] and not test.reason and found or nil)
    running = nil
    if problem then return "failed", problem[2], problem[3] end
    if test.reason then return "pending", test.reason end
    return "passed"
end

return suite
