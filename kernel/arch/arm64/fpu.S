// SPDX-License-Identifier: MIT
// Saving and loading the FP/SIMD registers; x0 = struct fpu_state.
    .arch armv8-a+fp+simd
    .text
    .globl fpu_save
fpu_save:
    st1     {v0.2d-v3.2d}, [x0], #64
    st1     {v4.2d-v7.2d}, [x0], #64
    st1     {v8.2d-v11.2d}, [x0], #64
    st1     {v12.2d-v15.2d}, [x0], #64
    st1     {v16.2d-v19.2d}, [x0], #64
    st1     {v20.2d-v23.2d}, [x0], #64
    st1     {v24.2d-v27.2d}, [x0], #64
    st1     {v28.2d-v31.2d}, [x0], #64
    mrs     x1, fpcr
    mrs     x2, fpsr
    stp     x1, x2, [x0]
    ret
    .globl fpu_load
fpu_load:
    ld1     {v0.2d-v3.2d}, [x0], #64
    ld1     {v4.2d-v7.2d}, [x0], #64
    ld1     {v8.2d-v11.2d}, [x0], #64
    ld1     {v12.2d-v15.2d}, [x0], #64
    ld1     {v16.2d-v19.2d}, [x0], #64
    ld1     {v20.2d-v23.2d}, [x0], #64
    ld1     {v24.2d-v27.2d}, [x0], #64
    ld1     {v28.2d-v31.2d}, [x0], #64
    ldp     x1, x2, [x0]
    msr     fpcr, x1
    msr     fpsr, x2
    ret
