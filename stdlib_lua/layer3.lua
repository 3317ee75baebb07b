-- Command lines in the on... keys of a sync become functions (spec 2.8).
--
-- The Lua text of the function is what `-log FWrite` shows, and is what runs.

local import = ...
local fail = import "fail"
local log = import "log"

local layer3 = {}

-- A `^` and one of these names: field of the event, or for ^o. and ^d. of the origin's or destination's.
local plain = {
    "path", "pathname", "pathdir",
    "source", "sourcePath", "sourcePathname", "sourcePathdir",
    "target", "targetPath", "targetPathname", "targetPathdir",
}

local variables = {}
for _, name in ipairs(plain) do
    variables[#variables + 1] = { text = "^" .. name, code = "event." .. name }
    if name ~= "source" and name ~= "target" then
        variables[#variables + 1] = { text = "^o." .. name, code = "event." .. name }
        variables[#variables + 1] = { text = "^d." .. name, code = "event2." .. name, of_destination = true }
    end
end
table.sort(variables, function(a, b) return #a.text > #b.text end) -- ^pathname before ^path

local function variable_at(text, position)
    for _, variable in ipairs(variables) do
        if text:sub(position, position + #variable.text - 1) == variable.text then return variable end
    end
    return nil
end

-- The text as a list of plain strings and variables.
local function parse(text)
    local parts, start, position = {}, 1, text:find("^", 1, true)
    while position do
        local variable = variable_at(text, position)
        if variable then
            if position > start then parts[#parts + 1] = text:sub(start, position - 1) end
            parts[#parts + 1] = variable
            start = position + #variable.text
        end
        position = text:find("^", variable and start or position + 1, true)
    end
    if start <= #text then parts[#parts + 1] = text:sub(start) end
    return parts
end

local function quoted(text) return (("%q"):format(text):gsub("\\\n", "\\n")) end

local function code_of(part) return type(part) == "string" and quoted(part) or part.code end

local function codes_of(parts)
    local codes = {}
    for i, part in ipairs(parts) do
        codes[i] = code_of(part)
    end
    return codes
end

-- Words of a binary call: split at spaces outside double quotes, which stay.
local function words_of(text)
    local words, current, is_quoted = {}, "", false
    for char in text:gmatch "." do
        if char == '"' then is_quoted = not is_quoted end
        if char:find "%s" and not is_quoted then
            if current ~= "" then words[#words + 1] = current end
            current = ""
        else
            current = current .. char
        end
    end
    if current ~= "" then words[#words + 1] = current end
    return words
end

local function join(codes) return #codes == 0 and '""' or table.concat(codes, " .. ") end

local function binary_call(text)
    local lines = {
        ([[    log("Normal", "Event ", event.etype, %s)]]):format(quoted(' spawns action "' .. text .. '"')),
        "    spawn(event",
    }
    for _, word in ipairs(words_of(text)) do
        lines[#lines] = lines[#lines] .. ","
        lines[#lines + 1] = "        " .. join(codes_of(parse(word)))
    end
    lines[#lines] = lines[#lines] .. ")"
    return table.concat(lines, "\n")
end

-- The quotes around each place of a shell's script. Command substitutions begin unquoted again, so
-- contexts are stacked: `opened` by "(" or "`", or the outermost; `quote` is the quote open in it.
local function new_contexts() return { { opened = "", quote = "" } } end

local closers = { ["("] = ")", ["`"] = "`" }

local function opens(char, before, quote)
    return char == "`" or char == "(" and (quote == "" or before == "$")
end

local function follow(contexts, char, before)
    local context = contexts[#contexts]
    if context.quote == "'" then
        if char == "'" then context.quote = "" end
    elseif char == '"' or char == "'" and context.quote == "" then
        context.quote = context.quote == char and "" or char
    elseif char == closers[context.opened] and context.quote == "" then
        table.remove(contexts)
    elseif opens(char, before, context.quote) then
        contexts[#contexts + 1] = { opened = char, quote = "" }
    end
end

-- Follows a piece of the script.
local function follow_piece(contexts, piece)
    local before = ""
    for char in piece:gmatch "." do
        local is_escaped = before == "\\" and contexts[#contexts].quote ~= "'"
        if not is_escaped then follow(contexts, char, before) end
        before = is_escaped and "" or char
    end
end

-- A positional parameter that stays one word, whatever quotes it stands in.
local function parameter(number, quote)
    if quote == '"' then return ("${%d}"):format(number) end
    local reference = number < 10 and ('"$%d"'):format(number) or ('"${%d}"'):format(number)
    return quote == "'" and "'" .. reference .. "'" or reference
end

-- The shell's script, and the code of what is passed to it.
local function shell_script(parts)
    local script, arguments, numbers, contexts = {}, {}, {}, new_contexts()
    for _, part in ipairs(parts) do
        if type(part) == "string" then
            script[#script + 1] = part
            follow_piece(contexts, part)
        else
            local number = numbers[part.code]
            if not number then
                number = #arguments + 1
                numbers[part.code], arguments[number] = number, part.code
            end
            script[#script + 1] = parameter(number, contexts[#contexts].quote)
        end
    end
    return table.concat(script), arguments
end

local function shell_call(text)
    local parts = parse(text)
    local script, arguments = shell_script(parts)
    local shown = table.concat(codes_of(parts), ", ")
    local lines = {
        ([[    log("Normal", "Event ", event.etype, " spawns shell \"", %s, "\"")]]):format(shown),
        ("    spawnShell(event, %s"):format(quoted(script)),
    }
    for _, argument in ipairs(arguments) do
        lines[#lines] = lines[#lines] .. ","
        lines[#lines + 1] = "        " .. argument
    end
    lines[#lines] = lines[#lines] .. ")"
    return table.concat(lines, "\n")
end

local function body_of(text)
    if text:sub(1, 1) == "/" then return binary_call(text) end
    if text:sub(1, 1) == "^" and not variable_at(text, 1) then text = text:sub(2) end
    return shell_call(text)
end

local function check_destination(key, text)
    for _, part in ipairs(parse(text)) do
        if type(part) == "table" and part.of_destination and key ~= "onMove" then
            fail.raise(("%s: %s is known in onMove only."):format(key, part.text))
        end
    end
end

-- The function for the command line in one of the on... keys.
function layer3.translate(key, command)
    local text = command:match "^%s*(.-)%s*$"
    if text == "" then fail.raise(key .. " is an empty command line.") end
    check_destination(key, text)
    local parameters = key == "onMove" and "event, event2" or "event"
    local code = ("function(%s)\n%s\nend"):format(parameters, body_of(text))
    log.log("FWrite", 'translated "', text, '" to \n', code)
    return assert(load("return " .. code, "@<pylsyncd>/" .. key .. ".lua", "t"))()
end

return layer3
