-- Placeholders in what is expected: any, any.rest, any.like "pattern" and the like.

local Any = {}

-- A placeholder: `text` is how it is shown, `test` says whether it stands for a value.
local function placeholder(text, test) return setmetatable({ text = text, test = test }, Any) end

local function kind(name)
    return placeholder("any." .. name, function(value) return type(value) == name end)
end

local function like(pattern)
    return placeholder(("any.like(%q)"):format(pattern), function(value)
        return type(value) == "string" and value:find(pattern) ~= nil
    end)
end

local any = {
    all = placeholder("any", function(value) return value ~= nil end),
    rest = placeholder("any.rest", function() return true end),
    string = kind "string",
    number = kind "number",
    like = like,
}

-- Whether a value is a placeholder.
function any.is(value) return getmetatable(value) == Any end

local named = { rest = any.rest, string = any.string, number = any.number, like = like }

-- `any` stands for itself, and holds the others.
Any.__index = function(self, name) return self == any.all and named[name] or nil end

return any
