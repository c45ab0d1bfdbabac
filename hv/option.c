/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: words "name" or "name=value", separated by blanks. Whoever
 * knows an option asks for it, so what nobody asked for by the end of boot is
 * unknown: there is no second list of names to keep right.
 */
#include <hv/boot.h>
#include <hv/console.h>
#include <string.h>

#define OPTION_MAX_WORDS 64

static const char *cmdline = "";
static uint64_t asked; /* one bit per word */

void option_init(const char *line)
{
	cmdline = line;
	asked = 0;
}

const char *option_cmdline(void) { return cmdline; }

/* The next word from *p on; NULL at the end. */
static const char *next_word(const char **p, size_t *len)
{
	const char *w = *p;

	while (*w == ' ' || *w == '\t')
		w++;
	for (*p = w; **p && **p != ' ' && **p != '\t';)
		(*p)++;
	*len = (size_t)(*p - w);
	return *len ? w : NULL;
}

/* A word given twice counts as it stands last. */
const char *boot_option(const char *name, char *buf, size_t size)
{
	const char *p = cmdline, *w, *found = NULL;
	size_t n = strlen(name), len;

	for (unsigned i = 0; i < OPTION_MAX_WORDS && (w = next_word(&p, &len)); i++) {
		if (len < n || memcmp(w, name, n) || (len > n && w[n] != '='))
			continue;
		asked |= 1ull << i;
		len = len > n ? len - n - 1 : 0;
		if (len >= size) {
			kprintf("option %s: value too long, ignored\n", name);
			continue;
		}
		memcpy(buf, w + (len ? n + 1 : n), len);
		buf[len] = '\0';
		found = buf;
	}
	return found;
}

static bool parse_u64(const char *s, uint64_t *out)
{
	static const char digits[] = "0123456789abcdefABCDEF", units[] = "kmgKMG";
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *p, *start = hex ? s + 2 : s;
	uint64_t v = 0;

	for (s = start; (p = memchr(digits, *s, hex ? 22 : 10)) != NULL; s++) {
		unsigned base = hex ? 16 : 10, d = (unsigned)(p - digits);

		d = d < 16 ? d : d - 6;
		if (v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	p = memchr(units, *s, 6);
	if (p != NULL) {
		unsigned shift = 10 * ((unsigned)(p - units) % 3 + 1);

		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
	}
	*out = v;
	return s != start && !s[p != NULL];
}

uint64_t boot_option_u64(const char *name, uint64_t def)
{
	char buf[32];
	uint64_t v;

	if (!boot_option(name, buf, sizeof(buf)))
		return def;
	if (parse_u64(buf, &v))
		return v;
	kprintf("option %s: \"%s\" is not a number, using %llu\n", name, buf,
		(unsigned long long)def);
	return def;
}

void option_report(void)
{
	const char *p = cmdline, *w;
	size_t len;

	for (unsigned i = 0; (w = next_word(&p, &len)); i++) {
		if (i >= OPTION_MAX_WORDS)
			kprintf("option %.*s: beyond %u words, ignored\n", (int)len, w,
				OPTION_MAX_WORDS);
		else if (!(asked >> i & 1))
			kprintf("option %.*s: unknown, ignored\n", (int)len, w);
	}
}
