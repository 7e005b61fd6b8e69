// SPDX-License-Identifier: MIT
// The block function of ChaCha20 (RFC 8439, section 2.3).
#pragma once

#include <stdint.h>

enum { CHACHA20_KEY_WORDS = 8, CHACHA20_NONCE_WORDS = 3, CHACHA20_BLOCK = 64 };

// The key stream's block number `counter`.
void chacha20_block(uint32_t const key[CHACHA20_KEY_WORDS], uint32_t counter, uint32_t const nonce[CHACHA20_NONCE_WORDS],
                    uint8_t block[CHACHA20_BLOCK]);
