-- A small describe/it harness: specs register examples, the runner calls them one by one.

local harness = { examples = {} }

local titles = {}

function harness.describe(title, body)
    titles[#titles + 1] = title
    body()
    titles[#titles] = nil
end

function harness.it(title, body)
    local words = table.move(titles, 1, #titles, 1, {})
    words[#words + 1] = title
    harness.examples[#harness.examples + 1] = { title = table.concat(words, " "), body = body }
end

-- A value as text, tables sorted by key, so that two equal values read alike.
local function show(value)
    if type(value) ~= "table" then
        return type(value) == "string" and ("%q"):format(value) or tostring(value)
    end
    local parts = {}
    for key, entry in pairs(value) do
        parts[#parts + 1] = (type(key) == "number" and "" or "~") .. show(key) .. " = " .. show(entry)
    end
    table.sort(parts)
    return "{ " .. table.concat(parts, ", ") .. " }"
end

local expect = {}

function expect.equal(actual, expected)
    if show(actual) ~= show(expected) then
        error("got      " .. show(actual) .. "\nexpected " .. show(expected), 2)
    end
end

-- Calls `body` and compares the message it raises.
function expect.failure(body, message)
    local fine, raised = pcall(body)
    if fine then
        error("expected an error: " .. message, 2)
    elseif raised ~= message then
        error("raised   " .. tostring(raised) .. "\nexpected " .. message, 2)
    end
end

function harness.titles()
    local list = {}
    for index, example in ipairs(harness.examples) do
        list[index] = example.title
    end
    return table.concat(list, "\0")
end

-- Runs one example; returns nil, or what went wrong with a traceback.
function harness.run(index)
    local fine, trouble = xpcall(harness.examples[index].body, debug.traceback)
    return not fine and trouble or nil
end

harness.expect = expect

return harness
