-- SPDX-License-Identifier: MIT
-- Writes a flat image: boot.bin and the payload of kernel/boot/payload/payload.h.

local payload = {}

local Magic, Version, Align = "ASHLARP1", 2, 4096
local Header_size, Record_size = 48, 48
local Types = { module = 0, kernel = 1, sigma0 = 2, root = 3 }

-- Eight tables of CRC-32 (polynomial 0xedb88320), for eight bytes a step.
local crc_tables
local function make_crc_tables()
    local t = { [0] = {} }
    for i = 0, 255 do
        local c = i
        for _ = 1, 8 do
            c = (c & 1) ~= 0 and (c >> 1) ~ 0xedb88320 or c >> 1
        end
        t[0][i] = c
    end
    for k = 1, 7 do
        t[k] = {}
        for i = 0, 255 do
            local c = t[k - 1][i]
            t[k][i] = (c >> 8) ~ t[0][c & 255]
        end
    end
    return t
end

local function crc32(data)
    crc_tables = crc_tables or make_crc_tables()
    local t0, t1, t2, t3 = crc_tables[0], crc_tables[1], crc_tables[2], crc_tables[3]
    local t4, t5, t6, t7 = crc_tables[4], crc_tables[5], crc_tables[6], crc_tables[7]
    local unpack, c, n = string.unpack, 0xffffffff, #data
    local pos = 1
    while pos + 7 <= n do
        local v = unpack("<i8", data, pos) ~ c
        c = t7[v & 255] ~ t6[v >> 8 & 255] ~ t5[v >> 16 & 255] ~ t4[v >> 24 & 255]
            ~ t3[v >> 32 & 255] ~ t2[v >> 40 & 255] ~ t1[v >> 48 & 255] ~ t0[v >> 56 & 255]
        pos = pos + 8
    end
    for i = pos, n do
        c = c >> 8 ~ t0[(c ~ data:byte(i)) & 255]
    end
    return ~c & 0xffffffff
end
payload.crc32 = crc32

local function pad(size, align)
    return -size % (align or Align)
end

-- Large files begin at multiples of more than a page in the image, which lies at one of 2 MiB in
-- memory: they can be mapped in larger pieces. The gaps in front are small beside such files.
local function alignment(size)
    return size >= 16 << 20 and 2 << 20 or size >= 1 << 16 and 1 << 16 or Align
end

-- modules: { type, name, cmdline, data, compressed, full_size } in the order of the image; start:
-- where the payload begins in it; uart: console of the board, "" if none is stated. Returns the
-- payload as a list of strings, and fills in offset and crc of each module.
local function build(modules, boot_cmdline, uart, start)
    local strings, strings_size = {}, 0
    local function add_string(s)
        local at = strings_size
        strings[#strings + 1] = s .. "\0"
        strings_size = strings_size + #s + 1
        return Header_size + #modules * Record_size + at
    end
    local boot_string, uart_string = add_string(boot_cmdline), add_string(uart)
    for _, m in ipairs(modules) do
        m.name_at, m.cmdline_at = add_string(m.name), add_string(m.cmdline)
    end
    local head_size = Header_size + #modules * Record_size + strings_size
    local offset = head_size + pad(head_size)
    local records, files = {}, {}
    for _, m in ipairs(modules) do
        local gap = pad(start + offset, alignment(#m.data))
        files[#files + 1] = ("\0"):rep(gap)
        offset = offset + gap
        m.offset, m.crc = offset, crc32(m.data)
        records[#records + 1] = string.pack("<I4I4I8I8I8I4I4I4I4", Types[m.type],
            m.compressed and 1 or 0, offset, #m.data, m.full_size, m.crc, m.name_at,
            m.cmdline_at, 0)
        files[#files + 1] = m.data
        files[#files + 1] = ("\0"):rep(pad(#m.data))
        offset = offset + #m.data + pad(#m.data)
    end
    local rest = table.concat(records) .. table.concat(strings)
    local function header(crc)
        return Magic .. string.pack("<I4I4I8I4I4I4I4I4I4", Version, #modules, offset, Header_size,
            Header_size + #modules * Record_size, strings_size, boot_string, crc,
            uart_string)
    end
    local head = header(crc32(header(0) .. rest)) .. rest
    table.insert(files, 1, head .. ("\0"):rep(pad(head_size)))
    return files, offset
end

-- Writes the image to `out`; returns its size, or nil and a message.
function payload.write(out, boot, modules, boot_cmdline, uart)
    if #boot < 64 or boot:sub(57, 60) ~= "ARM\x64" then
        return nil, "boot.bin does not begin with an arm64 Image header"
    end
    local memory_size = string.unpack("<I8", boot, 17)
    if memory_size < #boot or memory_size > 16 << 20 then
        return nil, string.format("boot.bin has %d bytes, its header claims %d", #boot, memory_size)
    end
    local start = memory_size + pad(memory_size)
    local files, size = build(modules, boot_cmdline, uart, start)
    local f, err = io.open(out, "wb")
    if not f then return nil, err end
    f:write(boot:sub(1, 16), string.pack("<I8", start + size), boot:sub(25),
        ("\0"):rep(start - #boot), table.unpack(files))
    local ok
    ok, err = f:close()
    return ok and start + size, err
end

return payload
