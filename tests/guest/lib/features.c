// SPDX-License-Identifier: MIT
// A few instructions for each feature, as numbers: the assembler needs to know Armv8.0 alone (Arm ARM C6.2, C7.2).
#include "features.h"

// Leaf functions: arguments in x0 and x1, result in x0.
#define CODE(name, text)                                                                           \
    __asm__(".text\n.balign 8\n" #name ":\n\t" text "\n\tret\n");                                  \
    extern uint64_t name(uint64_t a, uint64_t b)
#define INST(n) ".inst " #n "\n\t"
// The same on vector registers.
#define VECTOR(name, text) CODE(name, "fmov d0, x0\n\tfmov d1, x1\n\t" text "fmov x0, d0")
// Writes a register, and reads it back before it is 0 again.
#define REGISTER(name, reg)                                                                        \
    CODE(name, "mrs x2, " reg "\n\tmsr " reg ", x0\n\tisb\n\tmrs x0, " reg "\n\tmsr " reg ", x2\n\tisb")
#define READ(name, reg) CODE(name, "mrs x0, " reg)

// ID_AA64PFR0, ID_AA64PFR1
VECTOR(f_fp, "fadd d0, d0, d1\n\t");
VECTOR(f_fp16, INST(0x1ee12800));     // fadd h0, h0, h1
VECTOR(f_simd, "add v0.8b, v0.8b, v1.8b\n\t");
VECTOR(f_simd16, INST(0x0e411400));   // fadd v0.4h, v0.4h, v1.4h
READ(f_erridr, "S3_0_C5_C3_0");
REGISTER(f_disr, "S3_0_C12_C1_1");
CODE(f_rdvl, INST(0x04bf5020));       // rdvl x0, #1
READ(f_zcr, "S3_0_C1_C2_0");
READ(f_mpam, "S3_0_C10_C5_0");
READ(f_amu, "S3_3_C13_C2_0");
REGISTER(f_dit, "S3_3_C4_C2_5");
REGISTER(f_scxtnum_el1, "S3_0_C13_C0_7");
REGISTER(f_scxtnum_el0, "S3_3_C13_C0_7");
REGISTER(f_ssbs, "S3_3_C4_C2_6");
READ(f_gcr, "S3_0_C1_C0_6");
READ(f_tfsr, "S3_0_C5_C6_0");
REGISTER(f_tco, "S3_3_C4_C2_7");
CODE(f_irg, INST(0x9adf1000));        // irg x0, x0
CODE(f_addg, INST(0x91810400));       // addg x0, x0, #16, #1
CODE(f_stg, INST(0xd9200800));        // stg x0, [x0]
CODE(f_rdsvl, INST(0x04bf5820));      // rdsvl x0, #1
READ(f_smcr, "S3_0_C1_C2_6");
READ(f_svcr, "S3_3_C4_C2_2");
REGISTER(f_tpidr2, "S3_3_C13_C0_5");
REGISTER(f_allint, "S3_0_C4_C3_0");
READ(f_gcs, "S3_0_C2_C5_0");
// ID_AA64DFR0
READ(f_trace, "S2_1_C0_C1_0");        // TRCPRGCTLR
READ(f_profiling, "S3_0_C9_C9_0");    // PMSCR_EL1
READ(f_trace_filter, "S3_0_C1_C2_1");
READ(f_trace_buffer, "S3_0_C9_C11_0");
READ(f_branch_records, "S2_1_C9_C0_0");
// ID_AA64ISAR0
VECTOR(f_aes, INST(0x4e284820) INST(0x4e286800)); // aese, aesmc
VECTOR(f_pmull, INST(0x0ee1e000));
VECTOR(f_sha1, INST(0x5e280800));     // sha1h s0, s0
VECTOR(f_sha256, INST(0x5e282820));   // sha256su0
VECTOR(f_sha512, INST(0xcec08020));   // sha512su0
CODE(f_crc32, INST(0x1ac14800));      // crc32w w0, w0, w1
CODE(f_lse, INST(0xf8210002) "ldr x0, [x0]"); // ldadd x1, x2, [x0]
CODE(f_tme, INST(0xd5233060));        // tstart x0
VECTOR(f_rdm, INST(0x7e818420));      // sqrdmlah s0, s1, s1
VECTOR(f_sha3, INST(0xce010400));     // eor3
VECTOR(f_sm3, INST(0xce410400));      // sm3ss1
VECTOR(f_sm4, INST(0xcec08420));      // sm4e
VECTOR(f_dp, INST(0x2e819420));       // udot
VECTOR(f_fhm, INST(0x0e21ec20));      // fmlal
CODE(f_rmif, INST(0xba00040f) "mrs x0, nzcv");
CODE(f_axflag, INST(0xd500405f));
CODE(f_tlbios, INST(0xd508811f) "dsb sy"); // tlbi vmalle1os
CODE(f_tlbirange, "mov x1, #0x400000000000\n\t" INST(0xd5088221) "dsb sy"); // tlbi rvae1is, x1
CODE(f_rndr, INST(0xd53b2401) INST(0xd53b2400) "cmp x0, x1\n\tcset x0, ne"); // two of them differ
// ID_AA64ISAR1
CODE(f_dpb, INST(0xd50b7c20));        // dc cvap, x0
CODE(f_dpb2, INST(0xd50b7d20));       // dc cvadp, x0
CODE(f_pacia, INST(0xdac10020) INST(0xdac11020)); // pacia x0, x1; autia x0, x1
CODE(f_xpaci, INST(0xdac143e0));
REGISTER(f_pac_key, "S3_0_C2_C1_0");
CODE(f_pacga, INST(0x9ac13000));
CODE(f_jscvt, "fmov d0, x0\n\t" INST(0x1e7e0000)); // fjcvtzs w0, d0
VECTOR(f_fcma, INST(0x2e81e400));     // fcadd, 90 degrees
CODE(f_lrcpc, INST(0xf8bfc000));      // ldapr x0, [x0]
CODE(f_lrcpc2, INST(0xd9400000));     // ldapur x0, [x0]
VECTOR(f_frintts, INST(0x1e684000));  // frint32z d0, d0
CODE(f_sb, INST(0xd50330ff));
CODE(f_specres, "mov x1, #0\n\t" INST(0xd50b7381)); // cfp rctx, x1
VECTOR(f_bf16, INST(0x2e41fc20));     // bfdot
CODE(f_dgh, INST(0xd50320df));
VECTOR(f_i8mm, INST(0x4e81a420));     // smmla
VECTOR(f_i8mm_usdot, INST(0x0e819c20));
CODE(f_xs, INST(0xd5033e3f));         // dsb synxs
CODE(f_ls64, "mov x9, x0\n\t" INST(0xf83fd120)); // ld64b x0, [x9]
// ID_AA64ISAR2
CODE(f_mops, "add x1, x0, #64\n\tmov x2, #16\n\t" INST(0x19010440) INST(0x19410440) INST(0x19810440)); // cpyf*
CODE(f_bc, "cmp xzr, xzr\n\t" INST(0x54000050) "mov x0, #0"); // bc.eq
REGISTER(f_fpcr, "fpcr");
CODE(f_cssc, INST(0xdac01800));       // ctz x0, x0
// ID_AA64MMFR0 to 3
READ(f_ecv, "S3_3_C14_C0_6");         // CNTVCTSS_EL0
READ(f_lor, "S3_0_C10_C4_3");
REGISTER(f_pan, "S3_0_C4_C2_3");
CODE(f_pan2, INST(0xd5087900));       // at s1e1rp, x0
REGISTER(f_uao, "S3_0_C4_C2_4");
READ(f_tcr2, "S3_0_C2_C0_3");
READ(f_pir, "S3_0_C10_C2_3");
READ(f_por, "S3_0_C10_C2_4");

struct feature const features[] = {
    {"FP", ID_PFR0, 16, 0, 0, f_fp, 0x3ff0000000000000, 0x3ff0000000000000, 0x4000000000000000},
    {"FP of half precision", ID_PFR0, 16, 1, 0, f_fp16, 0x3c00, 0x3c00, 0x4000},
    {"AdvSIMD", ID_PFR0, 20, 0, 0, f_simd, 0x0102, 0x0304, 0x0406},
    {"AdvSIMD of half precision", ID_PFR0, 20, 1, 0, f_simd16, 0x3c003c00, 0x3c003c00, 0x40004000},
    {"ERRIDR_EL1 of RAS", ID_PFR0, 28, 1, ANY_RESULT, f_erridr, 0, 0, 0},
    {"DISR_EL1 of RAS", ID_PFR0, 28, 1, ANY_RESULT, f_disr, 0, 0, 0},
    {"SVE", ID_PFR0, 32, 1, HAS_ENABLE | ANY_RESULT, f_rdvl, 0, 0, 0},
    {"ZCR_EL1 of SVE", ID_PFR0, 32, 1, HAS_ENABLE | ANY_RESULT, f_zcr, 0, 0, 0},
    {"MPAM", ID_PFR0, 40, 1, ANY_RESULT, f_mpam, 0, 0, 0},
    {"AMU", ID_PFR0, 44, 1, ANY_RESULT, f_amu, 0, 0, 0},
    {"DIT", ID_PFR0, 48, 1, 0, f_dit, 1u << 24, 0, 1u << 24},
    {"SCXTNUM_EL1", ID_SCXTNUM, 0, 1, 0, f_scxtnum_el1, 0x1234567, 0, 0x1234567},
    {"SCXTNUM_EL0", ID_SCXTNUM, 0, 1, 0, f_scxtnum_el0, 0x1234567, 0, 0x1234567},
    {"SSBS", ID_PFR1, 4, 2, MAYBE_BELOW, f_ssbs, 1u << 12, 0, 1u << 12},
    {"GCR_EL1 of MTE", ID_PFR1, 8, 2, ANY_RESULT, f_gcr, 0, 0, 0},
    {"TFSR_EL1 of MTE", ID_PFR1, 8, 2, ANY_RESULT, f_tfsr, 0, 0, 0},
    {"TCO of MTE", ID_PFR1, 8, 1, ANY_RESULT, f_tco, 0, 0, 0},
    {"IRG of MTE", ID_PFR1, 8, 1, ANY_RESULT, f_irg, 0, 0, 0},
    {"ADDG of MTE", ID_PFR1, 8, 1, ANY_RESULT, f_addg, 0, 0, 0},
    {"STG of MTE", ID_PFR1, 8, 1, ANY_RESULT | USES_MEMORY, f_stg, 0, 0, 0},
    {"SME", ID_PFR1, 24, 1, HAS_ENABLE | ANY_RESULT, f_rdsvl, 0, 0, 0},
    {"SMCR_EL1 of SME", ID_PFR1, 24, 1, HAS_ENABLE | ANY_RESULT, f_smcr, 0, 0, 0},
    {"SVCR of SME", ID_PFR1, 24, 1, HAS_ENABLE | ANY_RESULT, f_svcr, 0, 0, 0},
    {"TPIDR2_EL0 of SME", ID_PFR1, 24, 1, 0, f_tpidr2, 5, 0, 5},
    {"ALLINT of NMI", ID_PFR1, 36, 1, 0, f_allint, 1u << 13, 0, 1u << 13},
    {"GCS", ID_PFR1, 44, 1, ANY_RESULT, f_gcs, 0, 0, 0},
    {"trace", ID_DFR0, 4, 1, ANY_RESULT, f_trace, 0, 0, 0},
    {"statistical profiling", ID_DFR0, 32, 1, ANY_RESULT, f_profiling, 0, 0, 0},
    {"trace filter", ID_DFR0, 40, 1, ANY_RESULT, f_trace_filter, 0, 0, 0},
    {"trace buffer", ID_DFR0, 44, 1, ANY_RESULT, f_trace_buffer, 0, 0, 0},
    {"branch records", ID_DFR0, 52, 1, ANY_RESULT, f_branch_records, 0, 0, 0},
    {"AES", ID_ISAR0, 4, 1, 0, f_aes, 0, 0, 0x6363636363636363},
    {"PMULL", ID_ISAR0, 4, 2, 0, f_pmull, 3, 3, 5},
    {"SHA1", ID_ISAR0, 8, 1, 0, f_sha1, 1, 0, 0x40000000},
    {"SHA256", ID_ISAR0, 12, 1, 0, f_sha256, 1ull << 32, 0, 0x0000000102004000},
    {"SHA512", ID_ISAR0, 12, 2, 0, f_sha512, 7, 0, 7},
    {"CRC32", ID_ISAR0, 16, 1, 0, f_crc32, 0, 1, 0xb8bc6765},
    {"atomics", ID_ISAR0, 20, 2, USES_MEMORY, f_lse, 40, 2, 42},
    {"TME", ID_ISAR0, 24, 1, ANY_RESULT, f_tme, 0, 0, 0},
    {"RDM", ID_ISAR0, 28, 1, 0, f_rdm, 1, 0x40000000, 0x20000001},
    {"SHA3", ID_ISAR0, 32, 1, 0, f_sha3, 0x55, 0x33, 0x55},
    {"SM3", ID_ISAR0, 36, 1, 0, f_sm3, 1, 0, 0},
    {"SM4", ID_ISAR0, 40, 1, ANY_RESULT, f_sm4, 0, 0, 0},
    {"dot product", ID_ISAR0, 44, 1, 0, f_dp, 1, 0x0101010102020202, 0x0000000400000011},
    {"FHM", ID_ISAR0, 48, 1, 0, f_fhm, 0, 0x40003c00, 0x408000003f800000},
    {"flags", ID_ISAR0, 52, 1, 0, f_rmif, 10, 0, 0xa0000000},
    {"AXFLAG", ID_ISAR0, 52, 2, ANY_RESULT, f_axflag, 0, 0, 0},
    {"TLBI outer shareable", ID_ISAR0, 56, 1, ANY_RESULT, f_tlbios, 0, 0, 0},
    {"TLBI of ranges", ID_ISAR0, 56, 2, ANY_RESULT, f_tlbirange, 0, 0, 0},
    {"RNDR", ID_ISAR0, 60, 1, 0, f_rndr, 0, 0, 1},
    {"DPB", ID_ISAR1, 0, 1, USES_MEMORY | ANY_RESULT, f_dpb, 0, 0, 0},
    {"DPB2", ID_ISAR1, 0, 2, USES_MEMORY | ANY_RESULT, f_dpb2, 0, 0, 0},
    {"PACIA", ID_PAUTH, 0, 1, HAS_ENABLE, f_pacia, 0x12345678, 5, 0x12345678},
    {"XPACI", ID_PAUTH, 0, 1, 0, f_xpaci, 0x12345678, 0, 0x12345678},
    {"key of PAuth", ID_PAUTH, 0, 1, 0, f_pac_key, 0x77, 0, 0x77},
    {"PACGA", ID_PACGA, 0, 1, ANY_RESULT, f_pacga, 0, 0, 0},
    {"JSCVT", ID_ISAR1, 12, 1, 0, f_jscvt, 0x3ff8000000000000, 0, 1},
    {"FCMA", ID_ISAR1, 16, 1, 0, f_fcma, 0x400000003f800000, 0x4080000040400000, 0x40a00000c0400000},
    {"LRCPC", ID_ISAR1, 20, 1, USES_MEMORY, f_lrcpc, 9, 0, 9},
    {"LRCPC2", ID_ISAR1, 20, 2, USES_MEMORY, f_lrcpc2, 9, 0, 9},
    {"FRINTTS", ID_ISAR1, 32, 1, 0, f_frintts, 0x3ff8000000000000, 0, 0x3ff0000000000000},
    {"SB", ID_ISAR1, 36, 1, ANY_RESULT, f_sb, 0, 0, 0},
    {"SPECRES", ID_ISAR1, 40, 1, ANY_RESULT, f_specres, 0, 0, 0},
    {"BF16", ID_ISAR1, 44, 1, 0, f_bf16, 0, 0x40003f80, 0x40a00000},
    {"DGH", ID_ISAR1, 48, 1, NO_OPERATION, f_dgh, 1, 0, 1},
    {"I8MM", ID_ISAR1, 52, 1, 0, f_i8mm, 0, 0x0101010101010101, 8},
    {"USDOT", ID_ISAR1, 52, 1, 0, f_i8mm_usdot, 1, 0x0101010102020202, 0x0000000400000011},
    {"XS", ID_ISAR1, 56, 1, ANY_RESULT, f_xs, 0, 0, 0},
    {"LS64", ID_ISAR1, 60, 1, ANY_RESULT | USES_MEMORY, f_ls64, 0, 0, 0},
    {"RPRES", ID_ISAR2, 4, 1, NO_OPERATION, f_fpcr, 2, 0, 2},
    {"MOPS", ID_ISAR2, 16, 1, ANY_RESULT | USES_MEMORY, f_mops, 0, 0, 0},
    {"BC", ID_ISAR2, 20, 1, 0, f_bc, 6, 0, 6},
    {"CSSC", ID_ISAR2, 52, 1, 0, f_cssc, 8, 0, 3},
    {"ECV", ID_MMFR0, 60, 1, ANY_RESULT, f_ecv, 0, 0, 0},
    {"LORegions", ID_MMFR1, 16, 1, ANY_RESULT, f_lor, 0, 0, 0},
    {"PAN", ID_MMFR1, 20, 1, 0, f_pan, 1u << 22, 0, 1u << 22},
    {"AT with PAN", ID_MMFR1, 20, 2, ANY_RESULT | USES_MEMORY, f_pan2, 0, 0, 0},
    {"AFP", ID_MMFR1, 44, 1, NO_OPERATION, f_fpcr, 4, 0, 4},
    {"UAO", ID_MMFR2, 4, 1, 0, f_uao, 1u << 23, 0, 1u << 23},
    {"TCR2_EL1", ID_MMFR3, 0, 1, ANY_RESULT, f_tcr2, 0, 0, 0},
    {"PIR_EL1", ID_MMFR3, 8, 1, ANY_RESULT, f_pir, 0, 0, 0},
    {"POR_EL1", ID_MMFR3, 16, 1, ANY_RESULT, f_por, 0, 0, 0},
};

unsigned const num_features = sizeof(features) / sizeof(features[0]);

// ---- ID registers ----

uint64_t ids[ID_WORDS];

// A function of 8 bytes each.
__asm__(".text\n.balign 8\nid_readers:\n"
        ".irp crm, 1, 2, 3, 4, 5, 6, 7\n"
        ".irp op2, 0, 1, 2, 3, 4, 5, 6, 7\n"
        "mrs x0, S3_0_C0_C\\crm\\()_\\op2\n\tret\n"
        ".endr\n.endr\n");
extern char const id_readers[];

void ids_read(uint64_t *to)
{
    for (unsigned i = 0; i < ID_REGISTERS; i++)
        to[i] = ((uint64_t (*)(void))(id_readers + 8 * i))();
    to[ID_PAUTH] = (to[ID_ISAR1] & 0xff0) || (to[ID_ISAR2] & 0xf000);
    to[ID_PACGA] = (to[ID_ISAR1] & 0xff000000) || (to[ID_ISAR2] & 0xf00);
    to[ID_SCXTNUM] = (to[ID_PFR0] >> 56 & 15) >= 2 || (to[ID_PFR1] >> 32 & 15) >= 2;
}
