# SPDX-License-Identifier: MIT
"""Reads images."""
import gzip
import struct
import zlib


class Payload:
    """Decodes an image by kernel/boot/payload/payload.h, and checks what that promises."""

    def __init__(self, image):
        size = struct.unpack_from("<Q", image, 16)[0]
        assert size == len(image) and size % 4096 == 0
        base = next(i for i in range(0, len(image), 4096) if image[i:i + 8] == b"ASHLARP1")
        # the header says how large the whole image is
        self.boot = image[:16] + bytes(8) + image[24:base]
        data = image[base:]
        magic, version, count, total, records, strings, strings_size, cmdline, crc, uart = \
            struct.unpack_from("<8sIIQIIIIII", data)
        assert (magic, version, total) == (b"ASHLARP1", 2, len(data))
        head = bytearray(data[:strings + strings_size])
        head[40:44] = bytes(4)
        assert zlib.crc32(bytes(head)) == crc and head[-1] == 0

        def text(at):
            return data[at:data.index(b"\0", at)].decode()

        self.boot_cmdline, self.uart = text(cmdline), text(uart)
        self.modules = []
        for i in range(count):
            kind, packed, offset, length, full, crc, name, cmdline, _ = \
                struct.unpack_from("<IIQQQIIII", data, records + 48 * i)
            content = data[offset:offset + length]
            assert offset % 4096 == 0 and zlib.crc32(content) == crc
            assert not any(data[offset + length:(offset + length + 4095) // 4096 * 4096])
            if packed:
                content = gzip.decompress(content)
            assert len(content) == full
            self.modules.append((kind, text(name), text(cmdline), content, packed))

    def content(self, name):
        return next(m[3] for m in self.modules if m[1] == name)
