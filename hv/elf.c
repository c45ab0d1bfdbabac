/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/elf.h>
#include <string.h>

#define ELF_PAGE 4096u
#define ELF_MAX_SEGMENTS 16u
#define PT_LOAD 1u
#define PT_NOTE 4u
#define ET_EXEC 2u

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ELF_DATA 1
#else
#define ELF_DATA 2
#endif

/* Xen's notes that matter here; numbers as in xen/elfnote.h, which has no types of its own. */
#define NOTE_ENTRY 1u
#define NOTE_HYPERCALL_PAGE 2u
#define NOTE_GUEST_OS 6u
#define NOTE_GUEST_VERSION 7u

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 52, "Elf32_Ehdr");

struct elf_segment {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
_Static_assert(sizeof(struct elf_segment) == 32, "Elf32_Phdr");

static int fail(struct fit_error *e, const char *what) { return fit_fail(e, "ELF", NULL, what); }

static void get_segment(const struct elf_image *img, uint32_t i, struct elf_segment *s)
{
	memcpy(s, img->file + img->phoff + i * sizeof(*s), sizeof(*s));
}

static int check_header(struct elf_image *img, uint32_t machine, struct fit_error *e)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 1 /* 32 bits */, ELF_DATA, 1 };
	struct elf_header h;

	if (img->size < sizeof(h))
		return fail(e, "truncated header");
	memcpy(&h, img->file, sizeof(h));
	if (memcmp(h.ident, ident, 4))
		return fail(e, "wrong magic");
	if (memcmp(h.ident, ident, sizeof(ident)) || h.machine != machine)
		return fail(e, "made for another machine");
	if (h.type != ET_EXEC)
		return fail(e, "not an executable");
	if (h.phentsize != sizeof(struct elf_segment) || !h.phnum || h.phnum > ELF_MAX_SEGMENTS)
		return fail(e, "no program headers, or too many");
	if (h.phoff > img->size || h.phnum * sizeof(struct elf_segment) > img->size - h.phoff)
		return fail(e, "program headers beyond the end of the file");
	img->phoff = h.phoff;
	img->phnum = h.phnum;
	img->entry = h.entry;
	return 0;
}

static int check_load(struct elf_image *img, const struct elf_segment *s, struct fit_error *e)
{
	if (s->filesz > s->memsz)
		return fail(e, "segment longer in the file than in memory");
	if (s->memsz > 0u - ELF_PAGE - s->vaddr || s->vaddr > 0u - ELF_PAGE)
		return fail(e, "segment reaches beyond 4 GB");
	/* Ascending, as the format demands: so a segment can't hide in another. */
	if (img->hi && s->vaddr < img->hi)
		return fail(e, "segments overlap or descend");
	if (!img->hi)
		img->lo = s->vaddr & ~(ELF_PAGE - 1);
	img->hi = s->vaddr + s->memsz;
	return 0;
}

static int take_number(uint32_t *to, const uint8_t *desc, uint32_t len, struct fit_error *e)
{
	if (len != sizeof(*to))
		return fail(e, "a numeric Xen note that is not 4 bytes long");
	memcpy(to, desc, sizeof(*to));
	return 0;
}

static int take_text(char to[ELF_TEXT], const uint8_t *desc, uint32_t len)
{
	size_t n = len < ELF_TEXT - 1 ? len : ELF_TEXT - 1;

	memcpy(to, desc, n);
	to[n] = '\0';
	return 0;
}

static int take_note(struct elf_image *img, uint32_t type, const uint8_t *desc, uint32_t len,
		     struct fit_error *e)
{
	switch (type) {
	case NOTE_ENTRY:
		return take_number(&img->entry, desc, len, e);
	case NOTE_HYPERCALL_PAGE:
		return take_number(&img->hypercall_page, desc, len, e);
	case NOTE_GUEST_OS:
		return take_text(img->guest_os, desc, len);
	case NOTE_GUEST_VERSION:
		return take_text(img->guest_version, desc, len);
	default:
		return 0;
	}
}

static uint32_t round4(uint32_t n) { return (n + 3) & ~3u; }

static int read_notes(struct elf_image *img, const struct elf_segment *s, struct fit_error *e)
{
	const uint8_t *p = img->file + s->offset;
	uint32_t left = s->filesz, n[3]; /* name size, descriptor size, type */

	while (left >= sizeof(n)) {
		memcpy(n, p, sizeof(n));
		p += sizeof(n);
		left -= (uint32_t)sizeof(n);
		if (n[0] > left || round4(n[0]) > left || n[1] > left - round4(n[0]))
			return fail(e, "a note beyond the end of its segment");
		if (n[0] == 4 && !memcmp(p, "Xen", 4) && take_note(img, n[2], p + 4, n[1], e))
			return -1;
		n[0] = round4(n[0]) + round4(n[1]);
		if (n[0] > left) /* the last descriptor may lack its padding */
			break;
		p += n[0];
		left -= n[0];
	}
	return 0;
}

static int check_addresses(struct elf_image *img, struct fit_error *e)
{
	if (!img->hi)
		return fail(e, "nothing to load");
	if (img->entry < img->lo || img->entry >= img->hi)
		return fail(e, "entry point outside the image");
	img->hi = (img->hi + ELF_PAGE - 1) & ~(ELF_PAGE - 1);
	if (img->hypercall_page % ELF_PAGE ||
	    (img->hypercall_page &&
	     (img->hypercall_page < img->lo || img->hypercall_page >= img->hi)))
		return fail(e, "hypercall page not a page of the image");
	return 0;
}

int elf_open(struct elf_image *img, const void *file, size_t size, uint32_t machine,
	     struct fit_error *e)
{
	struct elf_segment s;

	memset(img, 0, sizeof(*img));
	if (size > 0x7fffffffu)
		return fail(e, "file too large");
	img->file = file;
	img->size = (uint32_t)size;
	if (check_header(img, machine, e))
		return -1;
	for (uint32_t i = 0; i < img->phnum; i++) {
		get_segment(img, i, &s);
		if (s.type != PT_LOAD && s.type != PT_NOTE)
			continue;
		if (s.offset > img->size || s.filesz > img->size - s.offset)
			return fail(e, "segment beyond the end of the file");
		if (s.type == PT_LOAD && s.memsz && check_load(img, &s, e))
			return -1;
		if (s.type == PT_NOTE && read_notes(img, &s, e))
			return -1;
	}
	return check_addresses(img, e);
}

int elf_load(const struct elf_image *img, elf_place *place, void *ctx, struct fit_error *e)
{
	struct elf_segment s;

	for (uint32_t i = 0; i < img->phnum; i++) {
		get_segment(img, i, &s);
		if (s.type != PT_LOAD || !s.memsz)
			continue;
		if (place(ctx, s.vaddr, img->file + s.offset, s.filesz, s.memsz, e))
			return -1;
	}
	return 0;
}
