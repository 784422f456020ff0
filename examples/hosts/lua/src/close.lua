-- What `<close>` calls. Lua loses the body's error where this one raises, so that is kept in `body`.
local journal, body = ...
local closed, message, errno = journal:close()
if not closed then
    local failure = { message = message, errno = errno, body = body }
    error(setmetatable(failure, {
        __tostring = function()
            return body == nil and message or tostring(body) .. "\n" .. message
        end,
    }))
end
