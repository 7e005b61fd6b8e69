// SPDX-License-Identifier: MIT
#include "sd_model.h"

#include <string.h>

#include "regs.h"

enum { STANDBY = 3, TRAN = 4, DATA = 5, RECEIVE = 6, PROGRAM = 7 };
enum { COMPLETE = 1, TRANSFERRED = 2, WRITE_READY = 16, READ_READY = 32 };
#define NO_ANSWER  (1u << 16)
#define BAD_CRC    (1u << 17)
#define BAD_INDEX  (1u << 19)
#define DATA_LATE  (1u << 20)
#define DATA_CRC   (1u << 21)
#define BASE_MHZ   100u
#define RCA        0x1234u

struct model model;

static struct {
    uint32_t block, argument, response[4], host, clock, status, enable, signal, mix, vendor, watermark;
    bool busy;                 // a command that does not end
    // Data
    bool moving, writing, flood;
    unsigned left, word;       // blocks, and words of the one in the buffer
    enum model_fault fault;
    uint64_t at;               // sector
    uint8_t buffer[512];
    uint8_t pending[128 * 512]; // written, but not on the medium
    uint64_t pending_at;
    unsigned pending_count, rounds;
    // The card
    unsigned state;
    bool app;
    uint32_t errors;
} s;

static void wrong(char const *what)
{
    if (!model.wrong)
        model.wrong = what;
}

static void raise_events(uint32_t bits)
{
    s.status |= bits & s.enable;
}

bool model_interrupt(void)
{
    return s.status & s.signal;
}

void model_stray(void)
{
    raise_events(TRANSFERRED);
}

void sd_pause_ms(unsigned ms)
{
    (void)ms;
}

// ---- the card ----

static uint32_t status_r1(void)
{
    uint32_t const r = s.errors | s.state << 9 | (s.state == TRAN ? 1u << 8 : 0) | (s.app ? 1u << 5 : 0) |
                       (model.locked ? 1u << 25 : 0);
    s.errors = 0;
    return r;
}

static void program(void)
{
    if (s.state != PROGRAM || model.stays_busy || s.rounds++ < model.rounds)
        return;
    memcpy(model.media + s.pending_at * 512, s.pending, (size_t)s.pending_count * 512);
    s.state = TRAN;
}

// Bits 127 to 8 in the registers.
static void respond_long(uint32_t const r[4])
{
    for (unsigned i = 0; i < 4; i++)
        s.response[i] = r[3 - i] >> 8 | (i < 3 ? r[2 - i] << 24 : 0);
}

static void begin_data(unsigned index, enum model_fault fault)
{
    bool const write = index >= 24, many = index == 18 || index == 25;
    uint32_t const mode = s.mix;
    uint64_t at = s.argument;
    if (model.standard && at % 512)
        wrong("an address inside a block");
    if (model.standard)
        at /= 512;
    s.left = many ? s.block >> 16 : 1;
    if ((s.block & 0xfff) != 512 || !s.left || s.left > 128 || at + s.left > MODEL_SECTORS)
        wrong("data that are not there");
    if (mode & 1)
        wrong("DMA");
    if (!(mode & 0x10) != write || (many && (mode & 0x26) != 0x26) || (!many && mode & 0x26))
        wrong("the mode of a transfer");
    if (model.usdhc && (s.watermark & 0xff00ff) != 0x800080)
        wrong("a buffer that is not a block");
    model.transfers++;
    s.moving = true;
    s.writing = write;
    s.fault = fault;
    s.at = s.pending_at = at;
    s.pending_count = s.word = 0;
    s.state = write ? RECEIVE : DATA;
    if (!write)
        memcpy(s.buffer, model.media + at * 512, 512);
    raise_events(write ? WRITE_READY : READ_READY);
}

// True: it answers.
static bool obey_app(unsigned index)
{
    if (index == 41) {
        static unsigned round;
        bool const ready = !model.never_ready && ++round > model.rounds;
        if (ready)
            round = 0;
        if ((s.argument >> 30 & 1) == model.old)
            wrong("what is said of the card's version");
        s.response[0] = 0xff8000 | (ready ? 1u << 31 | (model.standard ? 0 : 1u << 30) : 0);
        return true;
    }
    if (index == 6 && s.argument == 2 && s.state == TRAN) {
        s.response[0] = status_r1();
        return true;
    }
    wrong("an unknown command of SD");
    return false;
}

static bool obey(unsigned index, enum model_fault fault)
{
    bool const app = s.app;
    s.app = index == 55;
    if (app && index != 55)
        return obey_app(index);
    switch (index) {
    case 0:
        s.state = 0;
        s.moving = false;
        return true;
    case 2:
        respond_long(model.cid);
        return true;
    case 3:
        s.state = STANDBY;
        s.response[0] = RCA << 16 | 0x500;
        return true;
    case 7:
        s.state = TRAN;
        break;
    case 8:
        s.response[0] = s.argument;
        return !model.old;
    case 9:
        respond_long(model.csd);
        return s.argument == RCA << 16;
    case 12:
        model.stops++;
        if (s.state != DATA && s.state != RECEIVE)
            return false;
        s.state = TRAN;
        break;
    case 13:
        program();
        break;
    case 16:
    case 55:
        break;
    case 17: case 18: case 24: case 25:
        if (s.state != TRAN)
            wrong("a transfer while the card is busy");
        s.response[0] = status_r1();
        begin_data(index, fault);
        return true;
    default:
        wrong("an unknown command");
        return false;
    }
    s.response[0] = status_r1();
    return true;
}

// ---- the controller ----

static enum model_fault fault_of(unsigned index)
{
    if ((index != model.fault_index && model.fault_index != MODEL_ALL) || !model.times)
        return MODEL_FINE;
    if (model.after) {
        model.after--;
        return MODEL_FINE;
    }
    model.times--;
    return model.fault;
}

static void command(uint32_t bits)
{
    unsigned const index = bits >> 8 & 0x3f;
    bool const data = bits & 0x20;
    if (s.busy || (data && s.moving))
        wrong("a command to a busy controller");
    if ((index == 12) != ((bits & 0xc0) == 0xc0))
        wrong("the type of a command");
    enum model_fault const fault = fault_of(index);
    s.flood = fault == MODEL_FLOOD;
    if (fault == MODEL_REFUSED)
        s.errors |= 1u << 19;
    if (fault == MODEL_PULLED && !data)
        model.inserted = false;
    if (fault == MODEL_SILENT && !data) {
        s.busy = true;
        return;
    }
    bool const answers = model.inserted && fault != MODEL_NO_ANSWER && obey(index, fault);
    if ((index && !answers) || (fault == MODEL_NO_ANSWER))
        raise_events(NO_ANSWER);
    else if (fault == MODEL_CRC && !data)
        raise_events(BAD_CRC);
    else if (fault == MODEL_INDEX)
        raise_events(BAD_INDEX);
    else
        raise_events(COMPLETE);
}

// A block has gone or come; what now?
static void next_block(void)
{
    s.word = 0;
    switch (s.fault) {
    case MODEL_SILENT:
        return;
    case MODEL_CRC:
        raise_events(DATA_CRC);
        return;
    case MODEL_EARLY:
        s.fault = MODEL_SILENT;
        raise_events(TRANSFERRED);
        return;
    case MODEL_PULLED:
        model.inserted = false;
        raise_events(DATA_LATE);
        return;
    default:
        break;
    }
    s.at++;
    s.left--;
    if (!s.left && !s.flood) {
        s.moving = false;
        s.rounds = 0;
        s.state = s.writing ? PROGRAM : TRAN;
        raise_events(TRANSFERRED);
        return;
    }
    if (!s.writing)
        memcpy(s.buffer, model.media + (s.at % MODEL_SECTORS) * 512, 512);
    raise_events(s.writing ? WRITE_READY : READ_READY);
}

static uint32_t read_word(void)
{
    uint32_t v = 0;
    if (!s.moving || s.writing)
        wrong("reading an empty buffer");
    else
        memcpy(&v, s.buffer + 4 * s.word, 4);
    if (++s.word == 128)
        next_block();
    return v;
}

static void write_word(uint32_t v)
{
    if (!s.moving || !s.writing) {
        wrong("writing a full buffer");
        return;
    }
    if (s.pending_count < 128)
        memcpy(s.pending + s.pending_count * 512u + 4 * s.word, &v, 4);
    if (++s.word == 128) {
        s.pending_count++;
        next_block();
    }
}

static bool buffer_ready(void)
{
    return s.moving && (s.fault == MODEL_FINE || s.fault == MODEL_FLOOD || s.pending_at == s.at) && s.fault != MODEL_SILENT;
}

static uint32_t present(void)
{
    uint32_t const buffer = buffer_ready() ? (s.writing ? 1u << 10 : 1u << 11) : 0;
    return (s.busy ? 1 : 0) | (s.moving ? 2 : 0) | buffer | (model.usdhc ? 1u << 3 : 0);
}

static void set_clock(uint32_t value)
{
    if (model.usdhc) {
        uint32_t const shift = value >> 8 & 0xff;
        if ((value & 0xf) != 0xf || !(s.vendor & 1u << 8))
            return;
        model.hz = 400000000 / (shift ? shift * 2 : 1) / ((value >> 4 & 0xf) + 1);
    } else if ((value & 5) == 5) {
        uint32_t const divider = (value >> 8 & 0xff) | (value >> 6 & 3) << 8;
        model.hz = BASE_MHZ * 1000000 / (divider ? 2 * divider : 1);
    }
}

static void write_clock(uint32_t value)
{
    if (value & 1u << 24) {
        model.resets++;
        memset(&s.host, 0, sizeof(s.host));
        s.status = s.enable = s.signal = 0;
        model.wide = false;
        model.hz = 0;
    }
    if (value & 7u << 24) // a reset, or one of the lines
        s.busy = s.moving = false;
    s.clock = model.stuck ? value : value & ~(7u << 24);
    set_clock(value);
}

uint32_t sd_reg_read(struct sd_regs *regs, unsigned offset)
{
    (void)regs;
    switch (offset) {
    case 0x10: case 0x14: case 0x18: case 0x1c: return s.response[offset / 4 - 4];
    case 0x20: return read_word();
    case 0x24: return present();
    case 0x28: return s.host;
    case 0x2c: return s.clock | (!model.usdhc && s.clock & 1 ? 2 : 0);
    case 0x30: return s.status;
    case 0x40: return BASE_MHZ << 8;
    case 0x48: return s.mix;
    case 0xc0: return s.vendor;
    default: wrong("reading a register"); return 0;
    }
}

void sd_reg_write(struct sd_regs *regs, unsigned offset, uint32_t value)
{
    (void)regs;
    switch (offset) {
    case 0x04: s.block = value; break;
    case 0x08: s.argument = value; break;
    case 0x0c:
        if (model.usdhc && value & 0xffff)
            wrong("a mode where there is none");
        else if (!model.usdhc)
            s.mix = value & 0xffff;
        command(value >> 16);
        break;
    case 0x20: write_word(value); break;
    case 0x28:
        s.host = value;
        model.wide = value & 2;
        if (model.usdhc ? (value & 0x30) != 0x20 : (value & 0xf00) != 0xf00)
            wrong("byte order, or no power");
        break;
    case 0x2c: write_clock(value); break;
    case 0x30: s.status &= ~value; break;
    case 0x34: s.enable = value; break;
    case 0x38: s.signal = value; break;
    case 0x44: s.watermark = value; break;
    case 0x48: s.mix = value; break;
    case 0xc0:
        s.vendor = value;
        set_clock(s.clock);
        break;
    default: wrong("writing a register");
    }
    if (offset >= 0x44 && !model.usdhc)
        wrong("a register that others have");
}

void model_init(struct model const *m)
{
    static uint32_t const cid[4] = { 0x03534453, 0x55313647, 0x80deadbe, 0xef000141 };
    memset(&s, 0, sizeof(s));
    model = *m;
    model.inserted = true;
    memcpy(model.cid, cid, sizeof(cid));
    // 1024 sectors: as one unit of 512 KiB, or 256 * 2^2 blocks of 512 bytes.
    uint32_t const high[4] = { 0x400e0032, 0x5b590000, 0x00007f80, 0x0a400000 };
    uint32_t const standard[4] = { 0x00000032, 0x00090000 | 255 >> 2, (255u & 3) << 30, 0 };
    memcpy(model.csd, m->standard ? standard : high, sizeof(model.csd));
    if (m->usdhc)
        s.mix = 0x80000000u;
    for (unsigned i = 0; i < sizeof(model.media); i++)
        model.media[i] = (uint8_t)(i * 7 + i / 512);
}
