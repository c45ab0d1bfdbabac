/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random bytes: ChaCha20 (RFC 8439's block function) whose key is replaced by its own
 * output after each use, so that what was given out stays secret. The seed is what the
 * machine offers: its random instruction if it has one, and times that no one can predict
 * exactly; what is written to /dev/random is mixed in.
 */
#include "arch_file.h"
#include "fs.h"

static uint32_t key[8];
static bool seeded;
static uint32_t used_since_mix;

static uint32_t rotl(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b], x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = rotl(x[b] ^ x[c], 7);
}

static void chacha_block(const uint32_t k[8], uint32_t counter, uint32_t out[16])
{
	uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(in + 4, k, 32);
	in[12] = counter;
	memcpy(out, in, 64);
	for (int i = 0; i < 10; i++) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		out[i] += in[i];
}

void random_mix(const void *p, size_t n)
{
	const uint8_t *s = p;
	uint32_t block[16];

	while (n) {
		for (size_t i = 0; i < 32 && n; i++, n--)
			key[i / 4] ^= (uint32_t)*s++ << i % 4 * 8;
		chacha_block(key, ~0u, block);
		memcpy(key, block, sizeof(key));
	}
}

static void random_seed(void)
{
	uint32_t seed[10];

	for (int i = 0; i < 10; i++)
		seed[i] = arch_entropy();
	random_mix(seed, sizeof(seed));
	seeded = true;
	used_since_mix = 0;
}

void random_bytes(void *buf, size_t n)
{
	uint32_t block[16], counter = 1;
	uint8_t *p = buf;

	if (!seeded || used_since_mix > 1u << 20)
		random_seed();
	used_since_mix += (uint32_t)n;
	while (n) {
		size_t k = n < sizeof(block) ? n : sizeof(block);

		chacha_block(key, counter++, block);
		memcpy(p, block, k);
		p += k;
		n -= k;
	}
	chacha_block(key, 0, block);
	memcpy(key, block, sizeof(key));
}
